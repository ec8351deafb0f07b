import { type Factory, found, releasedLot, startedOrder } from '../test/cloud/factory.ts'
import type { People } from '../test/cloud/people.ts'

const orders = 64
const each = 3
/** Orders that come too late: the lot is used up. */
const late = 8

/** How the race for one lot ended. */
export interface Contention {
  readonly orders: number
  /** Orders whose accepted material is not in the books, or that never got their yes. */
  readonly lost: number
  /** Born quantity less the sum of all balances. */
  readonly drift: number
  readonly negative: number
  readonly repeats: number
  readonly refusedLate: number
  readonly milliseconds: number
}

/** Lets many orders consume one lot at the same moment, more than there is, and compares books and answers. */
export async function contend(people: People): Promise<Contention> {
  const factory = await found(people, 'RACE')
  const lotId = await releasedLot(people, factory, { number: 'RACE', quantity: orders * each })
  const orderIds = await Promise.all(
    Array.from({ length: orders + late }, (_, n) => startedOrder(people, factory, { number: `R-${n}`, quantity: 10 })),
  )
  const begin = performance.now()
  const answers = await Promise.all(orderIds.slice(0, orders).map((id) => issueUntilTold(people, factory, lotId, id)))
  const milliseconds = Math.round(performance.now() - begin)
  const lateAnswers = await Promise.all(orderIds.slice(orders).map((id) => issueUntilTold(people, factory, lotId, id)))
  const balances = await balancesOf(people, factory.items.part)
  const accepted = orderIds.filter((_, index) => answers[index]?.status === 200)
  const booked = accepted.filter((id) => balances.get(id) === each)
  const sum = [...balances.values()].reduce((total, quantity) => total + quantity, 0)
  return {
    orders,
    lost: orders - booked.length,
    drift: orders * each - sum,
    negative: [...balances.values()].filter((quantity) => quantity < 0).length,
    repeats: answers.reduce((total, { repeats }) => total + repeats, 0),
    refusedLate: lateAnswers.filter(({ status }) => status === 422).length,
    milliseconds,
  }
}

/** Issues material; "others keep changing it, send it again" is followed, under the same key. */
async function issueUntilTold(people: People, { locations }: Factory, lotId: string, orderId: string) {
  const body = { lines: [{ lotId, locationId: locations[0], quantity: each, unit: 'each' }] }
  for (let repeats = 0; ; repeats += 1) {
    const { status, text } = await people.ask('production', {
      method: 'POST',
      path: `/orders/${orderId}/materials`,
      body,
      headers: { 'idempotency-key': `race-${orderId}` },
    })
    if (status !== 409 || repeats === 20 || JSON.parse(text).code !== 'too-busy') return { status, repeats }
  }
}

/** Quantity by place; the race's item has this one lot only. */
async function balancesOf(people: People, itemId: string): Promise<Map<string, number>> {
  const { text } = await people.ask('auditor', { method: 'GET', path: `/items/${itemId}/stock` })
  return new Map(JSON.parse(text).items.map(({ place, quantity }: any) => [place, quantity]))
}
