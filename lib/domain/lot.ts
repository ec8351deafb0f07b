import * as z from 'zod'
import { entity, refuse, refused, shared } from '#kit'
import { assembledEdges, assembledStock, Component } from './assembly.ts'
import { HappenedAt } from './happened.ts'
import { SupplierLot } from './supplier-lot.ts'
import {
  Day,
  Instant,
  Line,
  LotNumber,
  Quantity,
  QuantityOrZero,
  Reason,
  SupplierLotNumber,
  Total,
  Unit,
} from './values.ts'

const status = z.enum(['quarantine', 'released', 'rejected', 'held'])

/** A tracked quantity of one item: a lot, or with `serial` one single unit of it. */
export const Lot = entity('lot', {
  area: 'warehouse',
  prefix: 'lot',
  node: true,
  state: z.object({
    itemId: z.string(),
    number: LotNumber,
    serial: LotNumber.optional(),
    unit: Unit,
    /** Quantity at birth; it never changes, so that the mass balance has a fixed side. */
    quantity: Total,
    status,
    /** Status that returns when the hold is lifted. */
    heldFrom: status.optional(),
    hold: z.string().optional(),
    /** Nonconformances that are not disposed of yet; the first of them put the hold there, where no person did. */
    nonconformanceIds: z.array(z.string()).optional(),
    /** Set where a nonconformance put the hold there: its disposition lifts it. */
    heldByNonconformance: z.literal(true).optional(),
    bornAt: Instant,
    /** Who received or produced it: a person cannot release what they produced. */
    bornBy: z.string(),
    /** Last usable day. */
    expires: Day.optional(),
    supplierId: z.string().optional(),
    supplierLot: z.string().optional(),
    orderId: z.string().optional(),
    /** Who sent some of it back, and where it was put; until it is reworked or released again. */
    returned: z.object({ customerId: z.string(), locationId: z.string() }).optional(),
    /** Inspections since it last came into quarantine; earlier ones stand in its history. */
    inspections: z.array(z.object({ at: Instant, by: z.string(), passed: z.boolean(), note: z.string() })),
  }),
  example: {
    itemId: 'itm_00000000000000000000000001',
    number: 'L-2601',
    unit: 'each',
    quantity: 100,
    status: 'released',
    bornAt: '2026-01-05T08:00:00.000Z',
    bornBy: 'usr-receiver',
    inspections: [],
  },
  worklist: ({ status }) => status,
  group: ({ itemId }) => itemId,
  unique: {
    // Units of one lot share its number, so theirs is told apart by the serial.
    number: ({ itemId, number, serial }) => (serial ? undefined : `${itemId} ${number}`),
    serial: ({ itemId, serial }) => serial && `${itemId} ${serial}`,
  },
})

export type LotState = z.infer<typeof Lot.schema>

/** Fields of every fact that brings a lot into the world. */
const birth = {
  lotId: Lot.id,
  itemId: z.string(),
  number: LotNumber,
  serial: LotNumber.optional(),
  quantity: Total,
  unit: Unit,
  /** Last usable day. */
  expires: Day.optional(),
  locationId: z.string(),
}

const inQuarantine = { status: 'quarantine', inspections: [] } satisfies Partial<LotState>

/** What has been outside must be inspected and released again; a hold or rejection stays. */
function backInQuarantine(lot: LotState): LotState {
  if (lot.status === 'rejected') return lot
  if (lot.status === 'held') return { ...lot, heldFrom: 'quarantine', inspections: [] }
  return { ...lot, ...inQuarantine }
}

/** A supplier's lot came in; it is ours from here on, under our own number and in quarantine. */
export const LotReceived = Lot.born(
  'LotReceived',
  z.object({
    ...birth,
    supplierId: z.string(),
    /** Absent only for items that are not tracked. */
    supplierLot: SupplierLotNumber.optional(),
    supplierLotId: SupplierLot.id.optional(),
    purchaseOrderId: z.string().optional(),
    receivedBy: z.string(),
    receivedAt: Instant,
    happenedAt: HappenedAt,
  }),
  ({ itemId, number, serial, quantity, unit, expires, supplierId, supplierLot, receivedBy, receivedAt }) => ({
    ...inQuarantine,
    ...{ itemId, number, serial, quantity, unit, expires, supplierId, supplierLot },
    bornAt: receivedAt,
    bornBy: receivedBy,
  }),
  {
    stock: ({ lotId, itemId, quantity, locationId }) => [{ lotId, itemId, quantity, to: locationId }],
    edges: ({ lotId, supplierId, supplierLotId, quantity, unit, happenedAt: at }) =>
      supplierLotId === undefined
        ? []
        : [{ kind: 'receive', from: supplierLotId, to: lotId, quantity, unit, party: supplierId, at }],
  },
)

/** An order brought forth a lot or a unit; what was scrapped at once belongs to its quantity, so that the balance shows it. */
export const LotProduced = Lot.born(
  'LotProduced',
  z.object({
    ...birth,
    /** Part of the quantity that was scrapped at the machine. */
    scrapped: QuantityOrZero,
    orderId: z.string(),
    /** What was built into this very unit, where that is known. */
    components: z.array(Component).optional(),
    producedBy: z.string(),
    producedAt: Instant,
    happenedAt: HappenedAt,
  }),
  ({ itemId, number, serial, quantity, unit, expires, orderId, producedBy, producedAt }) => ({
    ...inQuarantine,
    ...{ itemId, number, serial, quantity, unit, expires, orderId },
    bornAt: producedAt,
    bornBy: producedBy,
  }),
  {
    stock: ({ lotId, itemId, quantity, scrapped, locationId, orderId, components }) => [
      { lotId, itemId, quantity, to: locationId },
      ...(scrapped > 0 ? [{ lotId, itemId, quantity: scrapped, from: locationId, to: 'scrapped' }] : []),
      ...assembledStock(lotId, orderId, components),
    ],
    edges: ({ lotId, orderId, quantity, unit, components, happenedAt: at }) => [
      { kind: 'produce', from: orderId, to: lotId, quantity, unit, at },
      ...assembledEdges(lotId, components, at),
    ],
  },
)

/** A lot or unit came out of an order as the same lot that went in. */
export const LotReworked = Lot.fact(
  'LotReworked',
  z.object({
    lotId: Lot.id,
    itemId: z.string(),
    orderId: z.string(),
    quantity: Quantity,
    unit: Unit,
    locationId: z.string(),
    components: z.array(Component).optional(),
    happenedAt: HappenedAt,
  }),
  (lot) => ({ ...backInQuarantine(lot), returned: undefined }),
  {
    stock: ({ lotId, itemId, quantity, orderId, locationId, components }) => [
      { lotId, itemId, quantity, from: orderId, to: locationId },
      ...assembledStock(lotId, orderId, components),
    ],
    edges: ({ lotId, itemId, orderId, quantity, unit, components, happenedAt: at }) => [
      { kind: 'rework', from: orderId, to: lotId, itemId, quantity, unit, at },
      ...assembledEdges(lotId, components, at),
    ],
  },
)

/** Results of one inspection; a sample that was used up leaves the stock. */
export const LotInspected = Lot.fact(
  'LotInspected',
  z.object({
    lotId: Lot.id,
    itemId: z.string(),
    passed: z.boolean(),
    results: z.array(z.object({ characteristic: z.string(), found: z.string(), passed: z.boolean() })),
    note: z.string(),
    sample: z.object({ quantity: Quantity, locationId: z.string() }).optional(),
    inspectedBy: z.string(),
    inspectedAt: Instant,
  }),
  (lot, { passed, note, inspectedBy, inspectedAt }) => ({
    ...lot,
    // The state stays small; all of them stand in the history.
    inspections: [...lot.inspections, { at: inspectedAt, by: inspectedBy, passed, note }].slice(-20),
  }),
  {
    stock: ({ lotId, itemId, sample }) =>
      sample ? [{ lotId, itemId, quantity: sample.quantity, from: sample.locationId, to: 'sampled' }] : [],
  },
)

export const LotReleased = Lot.fact('LotReleased', z.object({ lotId: Lot.id, releasedBy: z.string() }), (lot) => ({
  ...lot,
  status: 'released',
  returned: undefined,
}))

export const LotRejected = Lot.fact('LotRejected', z.object({ lotId: Lot.id, reason: Reason }), (lot) => ({
  ...lot,
  status: 'rejected',
  heldFrom: undefined,
  hold: undefined,
}))

export const LotHeld = Lot.fact('LotHeld', z.object({ lotId: Lot.id, reason: Reason }), (lot, { reason }) => ({
  ...lot,
  status: 'held',
  heldFrom: lot.status,
  hold: reason,
}))

const unheld = (lot: LotState): LotState => ({
  ...lot,
  status: lot.heldFrom ?? 'quarantine',
  heldFrom: undefined,
  hold: undefined,
  heldByNonconformance: undefined,
})

export const LotHoldLifted = Lot.fact('LotHoldLifted', z.object({ lotId: Lot.id, reason: Reason }), unheld)

/** A nonconformance is about the lot: it is held until that is disposed of; a hold or rejection from before stays. */
export const LotSuspected = Lot.fact(
  'LotSuspected',
  z.object({ lotId: Lot.id, nonconformanceId: z.string(), reason: Line }),
  (lot, { nonconformanceId, reason }) => {
    const suspected = { ...lot, nonconformanceIds: [...(lot.nonconformanceIds ?? []), nonconformanceId] }
    if (lot.status === 'held' || lot.status === 'rejected') return suspected
    return { ...suspected, status: 'held', heldFrom: lot.status, hold: reason, heldByNonconformance: true }
  },
)

/** What a nonconformance found is decided for the lot; the last one frees it, where no person holds it too. */
export const LotDisposed = Lot.fact(
  'LotDisposed',
  z.object({
    lotId: Lot.id,
    nonconformanceId: z.string(),
    decision: z.enum(['use-as-is', 'rework', 'scrap', 'return-to-supplier']),
    reason: Reason,
  }),
  (lot, { nonconformanceId, decision }) => {
    const left = (lot.nonconformanceIds ?? []).filter((id) => id !== nonconformanceId)
    const disposed = { ...lot, nonconformanceIds: left.length > 0 ? left : undefined }
    if (lot.status === 'rejected') return disposed
    if (decision === 'scrap' || decision === 'return-to-supplier')
      return { ...unheld(disposed), status: 'rejected' as const }
    // What is reworked is inspected and released again.
    const judged = decision === 'rework' ? backInQuarantine(disposed) : disposed
    return lot.heldByNonconformance && left.length === 0 ? unheld(judged) : judged
  },
)

/** A customer sent some of the lot back. */
export const LotReturned = Lot.fact(
  'LotReturned',
  z.object({
    lotId: Lot.id,
    itemId: z.string(),
    shipmentId: z.string(),
    customerId: z.string(),
    quantity: Quantity,
    unit: Unit,
    locationId: z.string(),
    reason: Reason,
    happenedAt: HappenedAt,
  }),
  (lot, { customerId, locationId }) => ({ ...backInQuarantine(lot), returned: { customerId, locationId } }),
  {
    stock: ({ lotId, itemId, quantity, customerId, locationId }) => [
      { lotId, itemId, quantity, from: customerId, to: locationId },
    ],
    edges: ({ lotId, shipmentId, customerId, quantity, unit, happenedAt: at }) => [
      { kind: 'return', from: shipmentId, to: lotId, quantity, unit, party: customerId, at },
    ],
  },
)

/** Why a lot may not be consumed, shipped or released now; shared by every command that uses lots. */
export const lotRefusals = shared({
  'lot-held': refused(
    'Lot {number} is held: {reason}. Quality must lift the hold first.',
    '批次 {number} 已被扣留：{reason}。须先由质量部门解除。',
  ),
  'lot-unreleased': refused(
    'Lot {number} is {status}, not released. Quality must inspect and release it first.',
    '批次 {number} 状态为 {status}，未放行。须先由质量部门检验并放行。',
  ),
  'lot-expired': refused(
    'Lot {number} expired on {expires}. Reject or scrap it.',
    '批次 {number} 已于 {expires} 过期。请拒收或报废。',
  ),
})

/** A quantity that the unit of the lot or item does not admit; units are never converted silently. */
export const unitRefusals = shared({
  'unit-mismatch': refused(
    '{number} is kept in {unit}, not {given}. Give the quantity in {unit}.',
    '{number} 的单位是 {unit} 而非 {given}。请按 {unit} 填写数量。',
  ),
  'quantity-not-whole': refused(
    '{number} is counted in whole pieces; {quantity} is not whole. Give a whole number.',
    '{number} 按整件计数，{quantity} 不是整数。请填写整数。',
  ),
})

/** A lot's last usable day has passed; `now` is ISO 8601 UTC. */
export const expired = ({ expires }: Pick<LotState, 'expires'>, now: string) =>
  expires !== undefined && expires < now.slice(0, 10)

/** Why this lot may not be consumed or shipped now, or undefined when it may; a recall's freeze is the kit's to check. */
export function unusable(lot: LotState, now: string) {
  const { number, status, hold, expires } = lot
  if (status === 'held') return refuse('lot-held', { number, reason: hold })
  if (status !== 'released') return refuse('lot-unreleased', { number, status })
  if (expired(lot, now)) return refuse('lot-expired', { number, expires })
  return undefined
}

/** Why this lot may not be reworked or packed now: as `unusable`, but what waits in quarantine may. */
export const unready = (lot: LotState, now: string) =>
  unusable(lot.status === 'quarantine' ? { ...lot, status: 'released' } : lot, now)

/** Refuses another unit than the one in which this lot (or item, by its code) is kept, and parts of a piece. */
export function unitMismatch(
  { number, unit }: { readonly number: string; readonly unit: string },
  given: string,
  quantity = 0,
) {
  if (unit !== given) return refuse('unit-mismatch', { number, unit, given })
  if (unit === 'each' && !Number.isInteger(quantity)) return refuse('quantity-not-whole', { number, quantity })
  return undefined
}
