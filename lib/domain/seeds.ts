import * as z from 'zod'
import { type Context, invalid, type StatesOf, shared, type TraceSeed } from '#kit'
import { Condition, conditionRefusals, type Evidence, seedsOfEvidence } from './condition.ts'
import { DeviceStatus } from './device-status.ts'
import { Equipment } from './equipment.ts'
import { Lot } from './lot.ts'
import { Order } from './order.ts'
import { Pack } from './pack.ts'
import { Partner } from './partner.ts'
import { ProcessChange } from './process-change.ts'
import { identify, SupplierLot } from './supplier-lot.ts'
import { Instant, SupplierLotNumber } from './values.ts'

/** What is suspect, in the words of the business. */
export const Seeds = z.strictObject({
  lotIds: z.array(Lot.id).max(20).default([]),
  orderIds: z.array(Order.id).max(20).default([]),
  supplierLots: z
    .array(z.strictObject({ supplierId: Partner.id, supplierLot: SupplierLotNumber }))
    .max(20)
    .default([]),
  packIds: z.array(Pack.id).max(20).default([]).describe('Packs: all that was in them'),
  equipmentIds: z.array(Equipment.id).max(20).default([]),
  equipmentIntervals: z
    .array(
      z
        .strictObject({ equipmentId: Equipment.id, from: Instant, until: Instant })
        .refine(({ from, until }) => Date.parse(from) < Date.parse(until), 'must end after it began'),
    )
    .max(20)
    .default([])
    .describe('Equipment while it was suspect'),
  processChangeIds: z.array(ProcessChange.id).max(20).default([]),
  conditions: z.array(Condition).max(5).default([]).describe('Equipment while a sensor was outside a range'),
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
  packs: Pack.at('seeds.packIds[]'),
  equipment: Equipment.at('seeds.equipmentIds[]'),
  machines: Equipment.at('seeds.equipmentIntervals[].equipmentId'),
  changes: ProcessChange.at('seeds.processChangeIds[]'),
  conditioned: Equipment.at('seeds.conditions[].equipmentId'),
  watchers: DeviceStatus.at('seeds.conditions[].deviceId'),
}

/** The genealogy nodes of what is suspect, with the evidence for its conditions, and the facts that name supplier lots of which nothing came yet. */
export function seedNodes(
  seeds: Seeds,
  { supplierLots }: Pick<StatesOf<typeof seedReads>, 'supplierLots'>,
  evidence: readonly Evidence[],
  { newId }: Context,
) {
  const supplied = identify(supplierLotsIn(seeds), supplierLots, () => newId(SupplierLot))
  const ids = supplied.ids.filter((id) => id !== undefined)
  return { nodes: nodesOf(seeds, ids, evidence), facts: supplied.facts }
}

/** Nodes of seeds, given those of the supplier lots among them; with an interval as `<id>@<from>/<until>`. */
export const nodesOf = (
  { lotIds, orderIds, packIds, equipmentIds, equipmentIntervals, processChangeIds }: Seeds,
  supplierLotIds: readonly string[],
  evidence: readonly Evidence[],
): string[] => [
  ...[...lotIds, ...orderIds, ...packIds, ...supplierLotIds, ...equipmentIds],
  ...equipmentIntervals.map(({ equipmentId, from, until }) => `${equipmentId}@${from}/${until}`),
  ...processChangeIds,
  ...seedsOfEvidence(evidence),
]

/** Reads a seed back from its text. */
export function seedOf(text: string): TraceSeed {
  const [node = '', from, until] = text.split(/[@/]/)
  return { node, from, until }
}

export const seedRefusals = {
  ...conditionRefusals,
  ...shared({
    'seed-excluded': invalid(
      'Lot {lotId} is said to be suspect and to be good. Take it out of "seeds" or of "exclusions".',
      '批次 {lotId} 既被列为可疑起点又被排除。请从 “seeds” 或 “exclusions” 中去掉其一。',
    ),
    'seed-missing': invalid(
      'A recall needs something suspect to start from. Name at least one lot, order, pack, supplier lot, equipment or process change in "seeds".',
      '召回须有可疑起点。请在 “seeds” 中至少填写一个批次、工单、包装、供应商批次、设备或工艺变更。',
    ),
  }),
}
