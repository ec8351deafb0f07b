import fc from 'fast-check'
import { expect, test } from 'vitest'
import { borneOn, type Outside } from '../../lib/domain/borne.ts'
import { meanKineticC } from '../../lib/domain/kinetic.ts'
import { legsTo, Stay, StayBegan, StayChanged, type StayState, timesOf } from '../../lib/domain/stay.ts'
import { excessesOf, leftOf } from '../../lib/domain/thermal-budget.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 0, minute)).toISOString()

test('the mean kinetic temperature is that of a calculation by hand', () => {
  const equal = (...values: number[]) => values.map((celsius) => ({ celsius, time: 1 }))
  expect(meanKineticC([])).toBeUndefined()
  expect(meanKineticC(equal(5, 5, 5))).toBeCloseTo(5, 9)
  // 10000 / -ln((exp(-10000 / 293.15) + exp(-10000 / 303.15)) / 2) - 273.15
  expect(meanKineticC(equal(20, 30))).toBeCloseTo(26.25989, 4)
  expect(meanKineticC(equal(20, 22, 25, 40))).toBeCloseTo(30.39626, 4)
  expect(
    meanKineticC([
      { celsius: 5, time: 23 },
      { celsius: 25, time: 1 },
    ]),
  ).toBeCloseTo(7.75642, 4)
  // Deep frozen, where each term by itself is less than a double can tell from nothing beside 1.
  expect(meanKineticC(equal(-196, -196))).toBeCloseTo(-196, 6)
})

test('it lies between the mean and the warmest', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -80, max: 60, noNaN: true }), { minLength: 1, maxLength: 30 }), (values) => {
      const kinetic = meanKineticC(values.map((celsius) => ({ celsius, time: 2 })))!
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      expect(kinetic).toBeGreaterThanOrEqual(mean - 1e-6)
      expect(kinetic).toBeLessThanOrEqual(Math.max(...values) + 1e-6)
    }),
  )
})

const outside = (changes: Partial<Outside> = {}): Outside => ({
  ...{ exposureId: 'exp_1', deviceId: 'dev_1', place: 'loc_1', start: at(0), end: at(60), peak: 12 },
  ...{
    limits: { min: 2, max: 8, margin: 0.5 },
    points: [
      { at: at(0), value: 9 },
      { at: at(30), value: 12 },
    ],
  },
  ...changes,
})
const leg = (from: number, until?: number, place = 'loc_1') => ({
  ...{ place, from: at(from), until: until === undefined ? undefined : at(until) },
})

test('minutes in which two sensors of a room were outside count once; at a stretch across two rooms, once as well', () => {
  const both = [outside(), outside({ exposureId: 'exp_2', deviceId: 'dev_2', start: at(50), end: at(80), points: [] })]
  expect(borneOn([leg(0)], both, {}, at(200)).borne).toMatchObject({ minutesAbove: 80, longestMinutes: 80 })
  const rooms = [outside(), outside({ exposureId: 'exp_2', place: 'loc_2', start: at(60), end: at(70), points: [] })]
  const legs = [leg(0, 60), leg(60, undefined, 'loc_2')]
  expect(borneOn(legs, rooms, {}, at(200)).borne).toMatchObject({ minutesAbove: 70, longestMinutes: 70 })
})

test('a product that may be warmer than its room bears only what is outside its own range', () => {
  const { borne } = borneOn([leg(0)], [outside()], { minC: 2, maxC: 10 }, at(200))
  expect(borne).toMatchObject({ minutesAbove: 30, highestC: 12 })
  expect(borneOn([leg(0)], [outside()], { minC: 2, maxC: 25 }, at(200))).toMatchObject({ breaches: [] })
})

test('what is left of a budget, and what of it is passed', () => {
  const borne = { minutesAbove: 45, minutesBelow: 0, longestMinutes: 45, highestC: 12, lowestC: -1 }
  const budget = { minutesAbove: 60, longestMinutes: 30, highestC: 25, lowestC: 0 }
  expect(leftOf(budget, borne)).toEqual({ minutesAbove: 15, longestMinutes: -15, highestC: 13, lowestC: -1 })
  expect(excessesOf(budget, borne).map(({ what }) => what)).toEqual(['longestMinutes', 'lowestC'])
})

const ids = { stayId: Stay.sample(), lotId: 'lot_1', itemId: 'itm_1', place: 'loc_1', arrivals: [] }

/** A stay to which these changes were told in this order. */
function told(changes: StayState['changes']): StayState {
  const [first, ...rest] = changes
  let stay = StayBegan.apply(undefined, { ...ids, changes: [first!] }) as StayState
  for (const change of rest)
    stay = StayChanged.apply({ ...stay, id: ids.stayId }, { ...ids, changes: [change] }) as StayState
  return stay
}

test('the times of a stay are the same in whatever order its changes are told', () => {
  const change = fc.record({ at: fc.integer({ min: 0, max: 500 }).map(at), change: fc.integer({ min: -3, max: 3 }) })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat()), (some, chance) => {
      const changes = some.map((one, index) => ({ ...one, by: String(index).padStart(3, '0') }))
      const shuffled = changes
        .map((one) => ({ one, rank: chance.next().value as number }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ one }) => one)
      expect(timesOf(told(shuffled))).toEqual(timesOf(told(changes)))
    }),
  )
})

test('a place with thousands of changes stays a small item, and its times stay true', () => {
  const changes = Array.from({ length: 2000 }, (_, n) => ({
    ...{ at: at(n), change: n % 100 === 0 ? 99 : -1, by: String(n).padStart(5, '0') },
  }))
  const stay = told(changes)
  expect(stay.changes.length).toBeLessThanOrEqual(120)
  expect(timesOf(stay).slice(-2)).toEqual([
    { from: at(1800), until: at(1899) },
    { from: at(1900), until: at(1999) },
  ])
})

test('the way to a place ends at each place when the last of it left for there, also where it goes round', () => {
  const stay = (place: string, changes: [number, number][], arrivals: [string, number][]): StayState => ({
    ...{ lotId: 'lot_1', itemId: 'itm_1', place, base: 0, past: [] },
    changes: changes.map(([minute, change]) => ({ at: at(minute), change, by: `${place}${minute}` })),
    arrivals: arrivals.map(([from, minute]) => ({ lotId: 'lot_1', place: from, at: at(minute) })),
  })
  const round = [
    stay(
      'loc_1',
      [
        [0, 10],
        [20, -5],
        [50, 5],
      ],
      [['loc_2', 50]],
    ),
    stay(
      'loc_2',
      [
        [20, 5],
        [50, -5],
      ],
      [['loc_1', 20]],
    ),
    stay('loc_3', [[60, 1]], [['loc_1', 60]]),
  ]
  expect(legsTo(round, 'lot_1', 'loc_3')).toEqual([leg(0, 60), leg(20, 50, 'loc_2'), leg(60, undefined, 'loc_3')])
  expect(legsTo(round, 'lot_1', 'loc_2')).toEqual([leg(0, 20), leg(20, 50, 'loc_2')])
})
