import * as z from 'zod'
import { type Balance, exact } from '#kit'
import type { LotState } from './lot.ts'

/** Where the quantity of a lot is, by kind of place; all in the lot's unit. */
export const MassBalance = z.object({
  born: z.number(),
  onHand: z.number(),
  /** Issued to orders: in process, or consumed in what they made. */
  consumed: z.number(),
  /** Went on in another lot: under its number by a split or merge, or built into it as the unit map says. */
  passedOn: z.number(),
  /** Built into equipment by a repair, or in use where a customer installed it. */
  installed: z.number(),
  inTransit: z.number(),
  delivered: z.number(),
  scrapped: z.number(),
  /** Destroyed before a witness. */
  destroyed: z.number(),
  sampled: z.number(),
  /** What counts found missing (above zero) or too much (below zero). */
  unexplained: z.number(),
  /** Every quantity that was born is at exactly one place. */
  balanced: z.boolean(),
})

type Kind = Exclude<keyof z.infer<typeof MassBalance>, 'born' | 'balanced'>

const kindOfPrefix: Readonly<Record<string, Kind>> = {
  loc: 'onHand',
  ord: 'consumed',
  lot: 'passedOn',
  eqp: 'installed',
  ins: 'installed',
  pck: 'onHand',
  shp: 'inTransit',
  ptr: 'delivered',
}
const kindOfWord: Readonly<Record<string, Kind>> = {
  scrapped: 'scrapped',
  destroyed: 'destroyed',
  sampled: 'sampled',
  difference: 'unexplained',
}

/** Kind of a place: a location, pack, order, lot, equipment, installation, shipment or partner id, or one of the words of stock. */
export const kindOfPlace = (place: string): Kind => {
  const kind = kindOfWord[place] ?? kindOfPrefix[place.slice(0, 3)]
  if (!kind) throw new Error(`Place "${place}" is of no known kind. Add it to lib/domain/mass-balance.ts.`)
  return kind
}

/** The mass balance of a lot from its balances: what was born is on hand, consumed, shipped, scrapped or unexplained. */
export function massBalance(
  lot: Pick<LotState, 'quantity'>,
  balances: readonly Balance[],
): z.infer<typeof MassBalance> {
  const sums: Record<Kind, number> = {
    ...{ onHand: 0, consumed: 0, passedOn: 0, installed: 0, inTransit: 0 },
    ...{ delivered: 0, scrapped: 0, destroyed: 0, sampled: 0, unexplained: 0 },
  }
  for (const { place, quantity } of balances) sums[kindOfPlace(place)] = exact(sums[kindOfPlace(place)] + quantity)
  const total = Object.values(sums).reduce((sum, one) => exact(sum + one), 0)
  return { born: lot.quantity, ...sums, balanced: total === lot.quantity }
}
