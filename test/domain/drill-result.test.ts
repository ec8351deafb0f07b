import { expect, test } from 'vitest'
import { drillResultOf, quantileOf } from '../../lib/domain/drill-result.ts'
import { Lot } from '../../lib/domain/lot.ts'
import { Partner } from '../../lib/domain/partner.ts'

const times = {
  openedAt: '2026-03-01T08:00:00.000Z',
  frozenAt: '2026-03-01T08:00:01.500Z',
  scopedAt: '2026-03-01T08:00:02.000Z',
  notifiedAt: '2026-03-01T08:00:04.000Z',
}
const lot = (id: string, quantity: number, balances: Record<string, number>) => ({
  id,
  state: Lot.like({ quantity }),
  balances: Object.entries(balances).map(([place, held]) => ({ lotId: id, itemId: 'itm_1', place, quantity: held })),
})
const party = (partnerId: string) => ({ partnerId, role: 'customer' as const, lots: [] })
const node = (id: string, grade: 'confirmed' | 'possible', rule: string) => ({ id, grade, rule, path: [id], since: 1 })

test('a drill says how fast it was, what is at a known place, and which holes there are most', () => {
  const result = drillResultOf(times, {
    nodes: [
      node('lot_1', 'confirmed', 'seed'),
      node('lot_2', 'possible', 'no-unit-map'),
      node('lot_3', 'possible', 'no-unit-map'),
    ],
    lots: [
      lot('lot_1', 100, { loc_1: 88, ptr_1: 10, difference: 2 }),
      lot('lot_2', 10, { ptr_1: 10 }),
      lot('lot_3', 10, { ptr_1: 4 }),
    ],
    parties: [party('ptr_1'), party('ptr_2')],
    partners: new Map([['ptr_1', Partner.like()]]),
  })
  expect(result).toEqual({
    ...{ secondsToFrozen: 1.5, secondsToScope: 2, secondsToNotified: 4, lots: 3, parties: 2 },
    // 98 %, all, and a lot whose books do not close at all.
    accounted: 66,
    holes: [
      { kind: 'balance-open', count: 2, example: 'lot_1' },
      { kind: 'possible:no-unit-map', count: 2, example: 'lot_2' },
      { kind: 'party-unreachable', count: 1, example: 'ptr_2' },
      { kind: 'phone-missing', count: 1, example: 'ptr_1' },
    ],
  })
})

test('a drill that did not come to its end says so', () => {
  const { secondsToNotified, accounted, holes } = drillResultOf(
    { openedAt: times.openedAt },
    { nodes: [], lots: [], parties: [], partners: new Map() },
  )
  expect([secondsToNotified, accounted, holes.map(({ kind }) => kind)]).toEqual([undefined, 0, ['unfinished']])
})

test.each([
  [[], undefined],
  [[3], 3],
  [Array.from({ length: 100 }, (_, n) => 100 - n), 96],
])('of %j the 95th percentile', (numbers, expected) => expect(quantileOf(numbers, 0.95)).toBe(expected))
