import * as z from 'zod'
import { invalid, shared } from '#kit'
import { Equipment } from './equipment.ts'
import { supplierLotNode } from './genealogy.ts'
import { Lot } from './lot.ts'
import { Order } from './order.ts'
import { Partner } from './partner.ts'
import { ProcessChange } from './process-change.ts'
import { SupplierLot } from './values.ts'

/** What is suspect, in the words of the business. */
export const Seeds = z.strictObject({
  lotIds: z.array(Lot.id).max(20).default([]),
  orderIds: z.array(Order.id).max(20).default([]),
  supplierLots: z
    .array(z.strictObject({ supplierId: Partner.id, supplierLot: SupplierLot }))
    .max(20)
    .default([]),
  equipmentIds: z.array(Equipment.id).max(20).default([]),
  processChangeIds: z.array(ProcessChange.id).max(20).default([]),
})

/** The genealogy nodes of what is suspect. */
export const seedNodes = ({
  lotIds,
  orderIds,
  supplierLots,
  equipmentIds,
  processChangeIds,
}: z.infer<typeof Seeds>) => [
  ...lotIds,
  ...orderIds,
  ...supplierLots.map(({ supplierId, supplierLot }) => supplierLotNode(supplierId, supplierLot)),
  ...equipmentIds,
  ...processChangeIds,
]

/** What is read to be sure that the seeds exist. */
export const seedReads = {
  lots: Lot.at('seeds.lotIds[]'),
  orders: Order.at('seeds.orderIds[]'),
  suppliers: Partner.at('seeds.supplierLots[].supplierId'),
  equipment: Equipment.at('seeds.equipmentIds[]'),
  changes: ProcessChange.at('seeds.processChangeIds[]'),
}

export const seedRefusals = shared({
  'seed-missing': invalid(
    'A recall needs something suspect to start from. Name at least one lot, order, supplier lot, equipment or process change in "seeds".',
    '召回须有可疑起点。请在 “seeds” 中至少填写一个批次、工单、供应商批次、设备或工艺变更。',
  ),
})
