import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Equipment, EquipmentRepaired } from '../../lib/domain/equipment.ts'
import { fitsOf, isWornOut, type Renewal, renewed, type Upkeep, wearOf } from '../../lib/domain/wear.ts'
import { Chance } from '../fuzz/chance.ts'

const [dayMs, start] = [86_400_000, Date.UTC(2024, 0, 1)]
const day = (count: number) => new Date(start + count * dayMs).toISOString()
const now = day(900)
const [seal, fan] = ['itm_seal', 'itm_fan']

/** Forty devices in use for 900 days whose seals fail after about 300 days, and now and then a fan. */
function fleet(): Upkeep[] {
  const chance = new Chance(7)
  return Array.from({ length: 40 }, () => {
    let renewals: Renewal[] = []
    for (let at = 0; ; ) {
      at += 300 * (-Math.log(1 - chance.next())) ** (1 / 10)
      if (at > 900) break
      renewals = renewed(renewals, { at: day(at), failed: true, itemIds: [seal] })
    }
    if (chance.happens(0.05)) renewals = renewed(renewals, { at: day(1), failed: true, itemIds: [fan] })
    return { inUseSince: day(0), renewals }
  })
}

test('a device without any history is judged by the lives of its kind, by part, and only when it is old', () => {
  const fits = fitsOf(fleet(), now)
  expect(fits.map(({ itemId, by }) => [itemId, by])).toEqual([[seal, 'calendar']])
  expect(fits[0]!.weibull.shape).toBeGreaterThan(7)
  expect(fits[0]!.weibull.scale / 24 / 300).toBeCloseTo(1, 1)
  const wear = (age: number) => wearOf(fits, { inUseSince: day(900 - age), renewals: [] }, now)[0]!
  expect(isWornOut(wear(30))).toBe(false)
  expect(isWornOut(wear(200))).toBe(false)
  expect(isWornOut(wear(310))).toBe(true)
  const { left, chance, since, age } = wear(290)
  expect(since).toBe(day(610))
  expect(age).toBe(290 * 24)
  expect(left.earliest).toBeLessThan(left.hours)
  expect(left.hours).toBeLessThan(left.latest)
  expect(chance.low).toBeLessThan(chance.chance)
  // After its seal was renewed it is young again.
  const served = { inUseSince: day(590), renewals: [{ at: day(895), failed: false, itemIds: [seal] }] }
  expect(isWornOut(wearOf(fits, served, now)[0]!)).toBe(false)
})

test('hours of use count where maintenance tells them, at the pace at which a device is used', () => {
  const used = (hours: number, at: number): Renewal => ({ at: day(at), used: hours, failed: true, itemIds: [] })
  const lives = [980, 1010, 1040, 990, 1000, 1025, 970, 1015]
  const fits = fitsOf(
    lives.map((hours, index) => ({ renewals: [used(hours, 100 + index)] })),
    now,
  )
  expect(fits).toMatchObject([{ itemId: undefined, by: 'use' }])
  // Used for 900 of 1,800 hours: half the pace.
  const [half] = wearOf(fits, { inUseSince: day(825), used: 900, renewals: [] }, now, 40)
  const [whole] = wearOf(fits, { inUseSince: day(900 - 37.5), used: 900, renewals: [] }, now, 40)
  expect(half!.age).toBe(900)
  expect(half!.left.hours / whole!.left.hours).toBeCloseTo(2, 5)
  expect(half!.chance.chance).toBeLessThan(whole!.chance.chance)
  // Who does not count its use has no age by use.
  expect(wearOf(fits, { inUseSince: day(0), renewals: [] }, now)).toEqual([])
})

test('a kind that has hardly failed says nothing', () => {
  expect(fitsOf([], now)).toEqual([])
  expect(
    fitsOf(
      fleet()
        .slice(0, 2)
        .map((one) => ({ ...one, renewals: one.renewals.slice(0, 1) })),
      now,
    ),
  ).toEqual([])
})

test('renewals are the same whatever the order in which they are told, and however often', () => {
  const all: Renewal[] = [3, 9, 20].map((at) => ({ at: day(at), failed: true, itemIds: [seal] }))
  fc.assert(
    fc.property(fc.shuffledSubarray([...all, ...all], { minLength: 6 }), (told) => {
      expect(told.reduce<Renewal[]>((known, one) => renewed(known, one), [])).toEqual(all)
    }),
  )
})

test('a repair of a machine of ours begins new lives in it; one that found it sound does not', () => {
  const machine = { ...Equipment.like(), id: Equipment.sample() }
  const repair = { equipmentId: machine.id, repairedAt: day(5), repairedBy: 'usr-one', description: 'Seal' }
  const after = (more: object) =>
    EquipmentRepaired.apply(machine, { ...repair, needsCalibration: false, parts: [], ...more }) as typeof machine
  expect(after({ outcome: 'renewed', used: 12, parts: [{ itemId: seal }] }).renewals).toEqual([
    { at: day(5), used: 12, failed: false, itemIds: [seal] },
  ])
  expect(after({ outcome: 'sound' }).renewals).toBeUndefined()
})
