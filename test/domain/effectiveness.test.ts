import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { effectivenessOf, populationOf, sampleOf } from '../../lib/domain/effectiveness.ts'

const consignees = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 200 })
const percent = fc.constantFrom(0, 2, 10, 40, 100)

describe('a sample', () => {
  test('is the share asked for, rounded up, of the consignees and of nobody else', () =>
    fc.assert(
      fc.property(consignees, percent, fc.string(), (all, share, seed) => {
        const sample = sampleOf(all, share, seed)
        expect(sample).toHaveLength(Math.ceil((all.length * share) / 100))
        expect(new Set(sample).size).toBe(sample.length)
        expect(sample.every((one) => all.includes(one))).toBe(true)
      }),
    ))

  test('is the same whatever the order of the list, and so is the population', () =>
    fc.assert(
      fc.property(consignees, percent, fc.string(), (all, share, seed) => {
        const turned = all.toReversed()
        expect(sampleOf(turned, share, seed)).toEqual(sampleOf(all, share, seed))
        expect(populationOf(turned)).toBe(populationOf(all))
      }),
    ))

  test('follows its seed: over many seeds everybody is picked about equally often', () => {
    const all = Array.from({ length: 50 }, (_, index) => `ptr_${index}`)
    const picked = new Map<string, number>()
    for (let seed = 0; seed < 1000; seed += 1)
      for (const one of sampleOf(all, 10, `seed ${seed}`)) picked.set(one, (picked.get(one) ?? 0) + 1)
    // 100 expected, standard deviation 9.5.
    for (const count of picked.values()) expect(Math.abs(count - 100)).toBeLessThan(50)
    expect(picked.size).toBe(50)
  })
})

test('one failure is enough, one unchecked keeps the verdict open, other consignees need another sample', () => {
  const good = { way: 'phone', notified: true, acted: true, stillInUse: false } as const
  const all = ['ptr_1', 'ptr_2']
  const sample = {
    ...{ seed: 'seed', percent: 100, consignees: 2, sampled: 2, drawnAt: '2026-03-01T08:00:00.000Z' },
    population: populationOf(all),
  }
  const verdict = (checks: Record<string, typeof good | { stillInUse: true }>, consignees = all) =>
    effectivenessOf(sample, consignees, (id) => (checks[id] ? { ...good, ...checks[id] } : undefined)).verdict
  expect(verdict({ ptr_1: good, ptr_2: good })).toBe('effective')
  expect(verdict({ ptr_1: good })).toBe('open')
  expect(verdict({ ptr_1: { stillInUse: true } })).toBe('ineffective')
  expect(verdict({ ptr_1: good, ptr_2: good, ptr_3: good }, [...all, 'ptr_3'])).toBe('open')
})
