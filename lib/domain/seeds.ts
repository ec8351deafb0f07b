import * as z from 'zod'
import { type Context, invalid, type StatesOf, shared } from '#kit'
import { Equipment } from './equipment.ts'
import { Lot } from './lot.ts'
import { Order } from './order.ts'
import { Partner } from './partner.ts'
import { ProcessChange } from './process-change.ts'
import { identify, SupplierLot } from './supplier-lot.ts'
import { SupplierLotNumber } from './values.ts'

/** What is suspect, in the words of the business. */
export const Seeds = z.strictObject({
  lotIds: z.array(Lot.id).max(20).default([]),
  orderIds: z.array(Order.id).max(20).default([]),
  supplierLots: z
    .array(z.strictObject({ supplierId: Partner.id, supplierLot: SupplierLotNumber }))
    .max(20)
    .default([]),
  equipmentIds: z.array(Equipment.id).max(20).default([]),
  processChangeIds: z.array(ProcessChange.id).max(20).default([]),
})

export type Seeds = z.infer<typeof Seeds>

export const supplierLotsIn = ({ supplierLots }: Pick<Seeds, 'supplierLots'>) =>
  supplierLots.map(({ supplierId, supplierLot }) => ({ supplierId, number: supplierLot }))

/** What is read to be sure that the seeds exist; a supplier lot may be suspect before any of it came. */
export const seedReads = {
  lots: Lot.at('seeds.lotIds[]'),
  orders: Order.at('seeds.orderIds[]'),
  suppliers: Partner.at('seeds.supplierLots[].supplierId'),
  supplierLots: SupplierLot.by('number', ({ seeds }: { seeds: Seeds }) => supplierLotsIn(seeds)).orAbsent(),
  equipment: Equipment.at('seeds.equipmentIds[]'),
  changes: ProcessChange.at('seeds.processChangeIds[]'),
}

/** The genealogy nodes of what is suspect, and the facts that name supplier lots of which nothing came yet. */
export function seedNodes(
  seeds: Seeds,
  { supplierLots }: Pick<StatesOf<typeof seedReads>, 'supplierLots'>,
  { newId }: Context,
) {
  const supplied = identify(supplierLotsIn(seeds), supplierLots, () => newId(SupplierLot))
  const ids = supplied.ids.filter((id) => id !== undefined)
  return { nodes: nodesOf(seeds, ids), facts: supplied.facts }
}

/** Nodes of seeds, given those of the supplier lots among them. */
export const nodesOf = (
  { lotIds, orderIds, equipmentIds, processChangeIds }: Seeds,
  supplierLotIds: readonly string[],
) => [...lotIds, ...orderIds, ...supplierLotIds, ...equipmentIds, ...processChangeIds]

export const seedRefusals = shared({
  'seed-missing': invalid(
    'A recall needs something suspect to start from. Name at least one lot, order, supplier lot, equipment or process change in "seeds".',
    '召回须有可疑起点。请在 “seeds” 中至少填写一个批次、工单、供应商批次、设备或工艺变更。',
  ),
})
