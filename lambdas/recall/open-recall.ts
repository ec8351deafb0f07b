import * as z from 'zod'
import { Equipment } from '#domain/equipment'
import { supplierLotNode } from '#domain/genealogy'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import { Partner } from '#domain/partner'
import { ProcessChange } from '#domain/process-change'
import { Recall, RecallOpened } from '#domain/recall'
import { Line, Reason, SupplierLot } from '#domain/values'
import { command, invalid, refuse } from '#kit'

const Seeds = z.strictObject({
  lotIds: z.array(Lot.id).max(20).default([]),
  orderIds: z.array(Order.id).max(20).default([]),
  supplierLots: z
    .array(z.strictObject({ supplierId: Partner.id, supplierLot: SupplierLot }))
    .max(20)
    .default([]),
  equipmentIds: z.array(Equipment.id).max(20).default([]),
  processChangeIds: z.array(ProcessChange.id).max(20).default([]),
})

export const handler = command({
  summary: 'Open a recall or a drill; scope, freeze and notices follow by themselves.',
  route: 'POST /recalls',
  roles: ['quality'],
  input: z.strictObject({ title: Line, reason: Reason, drill: z.boolean(), seeds: Seeds }),
  reads: {
    lots: Lot.at('seeds.lotIds[]'),
    orders: Order.at('seeds.orderIds[]'),
    suppliers: Partner.at('seeds.supplierLots[].supplierId'),
    equipment: Equipment.at('seeds.equipmentIds[]'),
    changes: ProcessChange.at('seeds.processChangeIds[]'),
  },
  emits: [RecallOpened],
  refuses: {
    'seed-missing': invalid(
      'A recall needs something suspect to start from. Name at least one lot, order, supplier lot, equipment or process change in "seeds".',
      '召回须有可疑起点。请在 “seeds” 中至少填写一个批次、工单、供应商批次、设备或工艺变更。',
    ),
  },
  decide: (_, { seeds, ...rest }, { now, newId }) => {
    const nodes = [
      ...seeds.lotIds,
      ...seeds.orderIds,
      ...seeds.supplierLots.map(({ supplierId, supplierLot }) => supplierLotNode(supplierId, supplierLot)),
      ...seeds.equipmentIds,
      ...seeds.processChangeIds,
    ]
    if (nodes.length === 0) return refuse('seed-missing')
    return RecallOpened({ recallId: newId(Recall), ...rest, seeds: nodes, openedAt: now })
  },
  examples: [
    {
      name: 'a drill from a supplier lot',
      given: { suppliers: [Partner.like({ roles: ['supplier'] })] },
      when: {
        title: 'Drill: battery cells',
        reason: 'Yearly recall drill',
        drill: true,
        seeds: { supplierLots: [{ supplierId: Partner.sample(), supplierLot: 'BC-77' }] },
      },
      then: ['RecallOpened'],
    },
    {
      name: 'a recall from nothing is refused',
      given: {},
      when: { title: 'Empty', reason: 'No seed given', drill: true, seeds: {} },
      then: { refused: 'seed-missing' },
    },
  ],
})
