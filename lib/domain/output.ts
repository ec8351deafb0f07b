import * as z from 'zod'
import { exact, type Loaded, refuse } from '#kit'
import { expiryOf, type ItemState } from './item.ts'
import { Lot, type LotState, unitMismatch } from './lot.ts'
import { Quantity, Unit } from './values.ts'

/** What was built into one unit. */
export const BuiltIn = z
  .array(z.strictObject({ lotId: Lot.id, quantity: Quantity, unit: Unit }))
  .min(1)
  .max(10)
type Parts = z.infer<typeof BuiltIn>

/** Refuses components in another unit than the one in which their lots are kept; `lots` holds at least theirs. */
export const componentMismatch = (parts: Parts, lots: readonly Loaded<LotState>[]) =>
  parts.map(({ lotId, unit, quantity }) => unitMismatch(lotOf(lots, lotId), unit, quantity)).find(Boolean)

/** The components with their items, as the fact of the unit keeps them. */
export const componentsOf = (parts: Parts, lots: readonly Loaded<LotState>[]) =>
  parts.map((part) => ({ ...part, itemId: lotOf(lots, part.lotId).itemId }))

const lotOf = (lots: readonly Loaded<LotState>[], lotId: string) => lots.find(({ id }) => id === lotId)!

/** One item of what came out of an order. */
export interface Product {
  readonly item: Loaded<ItemState>
  readonly lotNumber: string
  readonly quantity: number
  readonly scrapped: number
  readonly unit: string
  readonly serials: readonly string[]
}

/** Refuses serial numbers that do not fit the item's tracking, and units in which it is not kept. */
export function productMismatch({ item: { code, tracking, unit }, quantity, scrapped, serials, ...given }: Product) {
  const wanted = tracking === 'serial' ? quantity : 0
  if (wanted !== serials.length) return refuse('serials-mismatch', { code, tracking, wanted, given: serials.length })
  const kept = { number: code, unit }
  return unitMismatch(kept, given.unit, quantity) ?? unitMismatch(kept, given.unit, scrapped)
}

/** Lots of a product; a unit that was scrapped before it had a serial number never was a lot: only the order counts it. */
export function births({ item, lotNumber: number, quantity, scrapped, serials }: Product, producedAt: string) {
  const whole = { serial: undefined, quantity: exact(quantity + scrapped), scrapped }
  const lots = item.tracking === 'serial' ? serials.map((serial) => ({ serial, quantity: 1, scrapped: 0 })) : [whole]
  const same = { itemId: item.id, number, unit: item.unit, expires: expiryOf(item, producedAt), producedAt }
  return lots.map((lot) => ({ ...same, ...lot }))
}
