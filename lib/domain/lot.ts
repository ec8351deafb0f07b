import * as z from 'zod'
import { entity, refused, shared } from '#kit'
import { Day, Instant, LotNumber, Quantity, Reason, Unit } from './values.ts'

const status = z.enum(['quarantine', 'released', 'rejected', 'held'])

/** A tracked quantity of one item: a lot, or with `serial` one single unit of it. */
export const Lot = entity('lot', {
  area: 'warehouse',
  prefix: 'lot',
  state: z.object({
    itemId: z.string(),
    number: LotNumber,
    serial: LotNumber.optional(),
    unit: Unit,
    /** Quantity at birth; it never changes, so that the mass balance has a fixed side. */
    quantity: Quantity,
    status,
    /** Status that returns when the hold is lifted. */
    heldFrom: status.optional(),
    hold: z.string().optional(),
    bornAt: Instant,
    /** Who received or produced it: a person cannot release what they produced. */
    bornBy: z.string(),
    /** Last usable day. */
    expires: Day.optional(),
    supplierId: z.string().optional(),
    supplierLot: z.string().optional(),
    orderId: z.string().optional(),
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
    serial: ({ itemId, serial }) => serial && `${itemId} ${serial}`,
  },
})

export type LotState = z.infer<typeof Lot.schema>

export const LotHeld = Lot.fact('LotHeld', z.object({ lotId: Lot.id, reason: Reason }), (lot, { reason }) => ({
  ...lot,
  status: 'held',
  heldFrom: lot.status,
  hold: reason,
}))

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
  'unit-mismatch': refused(
    'Lot {number} is kept in {unit}, not {given}. Give the quantity in {unit}.',
    '批次 {number} 的单位是 {unit} 而非 {given}。请按 {unit} 填写数量。',
  ),
})
