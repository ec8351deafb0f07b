import * as z from 'zod'
import { refuse, refused, shared } from '#kit'
import { HappenedAt } from './happened.ts'
import { Lot, type LotState } from './lot.ts'
import {
  Code,
  Day,
  Instant,
  Line,
  LotNumber,
  Quantity,
  QuantityOrZero,
  Reason,
  SupplierLotNumber,
  Unit,
} from './values.ts'

const part = { lotId: Lot.id, itemId: z.string(), quantity: Quantity, unit: Unit }

/** Some of the lot went from one location to another. */
export const LotMoved = Lot.fact('LotMoved', z.object({ ...part, from: z.string(), to: z.string() }), (lot) => lot, {
  stock: ({ lotId, itemId, quantity, from, to }) => [{ lotId, itemId, quantity, from, to }],
})

/** Somebody counted the lot at a location; what the books did not expect stands at `difference` until explained. */
export const LotCounted = Lot.fact(
  'LotCounted',
  z.object({
    lotId: Lot.id,
    itemId: z.string(),
    unit: Unit,
    locationId: z.string(),
    expected: QuantityOrZero,
    counted: QuantityOrZero,
    /** `counted` less `expected`. */
    difference: z.number(),
    countedBy: z.string(),
  }),
  (lot) => lot,
  {
    stock: ({ lotId, itemId, locationId, difference }) => {
      if (difference === 0) return []
      const [from, to] = difference > 0 ? ['difference', locationId] : [locationId, 'difference']
      return [{ lotId, itemId, quantity: Math.abs(difference), from, to }]
    },
  },
)

/** Some of the lot became waste. */
export const LotScrapped = Lot.fact(
  'LotScrapped',
  z.object({ ...part, from: z.string(), reason: Reason, scrappedBy: z.string() }),
  (lot) => lot,
  { stock: ({ lotId, itemId, quantity, from }) => [{ lotId, itemId, quantity, from, to: 'scrapped' }] },
)

/** Some of the lot was destroyed before a witness, e.g. in a recall; wherever it was. */
export const LotDestroyed = Lot.fact(
  'LotDestroyed',
  z.object({
    ...part,
    /** Location, or customer who had it. */
    from: z.string(),
    reason: Reason,
    method: Line,
    witness: Line,
    certificate: Code.optional(),
    destroyedAt: Instant,
    destroyedBy: z.string(),
  }),
  (lot) => lot,
  { stock: ({ lotId, itemId, quantity, from }) => [{ lotId, itemId, quantity, from, to: 'destroyed' }] },
)

/** Some of the lot went on under another number; in the balance of this lot it stands at the new one. */
const passedOn = {
  stock: ({ lotId, itemId, quantity, from, newLotId }: z.infer<typeof passing>) => [
    { lotId, itemId, quantity, from, to: newLotId },
  ],
}
const passing = z.object({ ...part, from: z.string(), newLotId: Lot.id })

export const LotSplit = Lot.fact('LotSplit', passing, (lot) => lot, passedOn)
export const LotMerged = Lot.fact('LotMerged', passing, (lot) => lot, passedOn)

/** What a lot that was made of other lots takes over from them. */
const inherited = {
  ...part,
  number: LotNumber,
  locationId: z.string(),
  bornAt: Instant,
  bornBy: z.string(),
  expires: Day.optional(),
  happenedAt: HappenedAt,
}

/** Part of a lot has its own number from now on; it keeps the status, hold, age and origin of the whole. */
export const LotSplitOff = Lot.born(
  'LotSplitOff',
  z.object({
    ...inherited,
    fromLotId: Lot.id,
    status: Lot.schema.shape.status,
    heldFrom: Lot.schema.shape.heldFrom,
    hold: Lot.schema.shape.hold,
    supplierId: z.string().optional(),
    supplierLot: SupplierLotNumber.optional(),
    orderId: z.string().optional(),
    inspections: Lot.schema.shape.inspections,
  }),
  ({ lotId: _, locationId: __, fromLotId: ___, happenedAt: ____, ...state }) => state,
  {
    stock: ({ lotId, itemId, quantity, locationId }) => [{ lotId, itemId, quantity, to: locationId }],
    edges: ({ lotId, fromLotId, quantity, unit, happenedAt: at }) => [
      { kind: 'split', from: fromLotId, to: lotId, quantity, unit, at },
    ],
  },
)

/** Parts of released lots became one lot; it expires with the first of them. */
export const LotBlended = Lot.born(
  'LotBlended',
  z.object({
    ...inherited,
    /** Where each part stood is missing in facts of before. */
    parts: z.array(z.object({ lotId: Lot.id, locationId: z.string().optional(), quantity: Quantity })),
  }),
  ({ lotId: _, locationId: __, parts: ___, happenedAt: ____, ...state }) => ({
    ...state,
    status: 'released',
    inspections: [],
  }),
  {
    stock: ({ lotId, itemId, quantity, locationId }) => [{ lotId, itemId, quantity, to: locationId }],
    edges: ({ lotId, unit, parts, happenedAt: at }) =>
      parts.map((one) => ({ kind: 'merge', from: one.lotId, to: lotId, quantity: one.quantity, unit, at })),
  },
)

export const serialRefusals = shared({
  'single-unit': refused(
    '{number} is a single unit with serial {serial}. Units are neither split nor merged.',
    '{number} 为序列号 {serial} 的单件。单件不可拆分或合并。',
  ),
})

/** Refuses a serial unit where a lot is wanted. */
export const unitNotLot = ({ number, serial }: LotState) =>
  serial === undefined ? undefined : refuse('single-unit', { number, serial })
