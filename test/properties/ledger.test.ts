import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entityKey, keys } from '../../lib/kit/keys.ts'
import { brokenAt, canonical, type LedgerFact } from '../../lib/kit/ledger.ts'
import type { Stored } from '../../lib/kit/table.ts'
import { factTypes, Plant, type Step, steps } from './plant.ts'

const runs = { numRuns: 25, seed: 2601 }

/** The facts of each entity, by its key in the table, and the state that it began with where it was not born here. */
async function chainsOf(taken: readonly Step[]) {
  const plant = new Plant()
  const first = new Map<string, Stored>(plant.table.items)
  for (const step of taken) await plant.take(step)
  const chains = new Map<string, LedgerFact[]>()
  for (const [key, item] of [...plant.table.items].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [owner = '', fact] = key.split(`/${keys.factPrefix}`)
    if (fact !== undefined) chains.set(owner, [...(chains.get(owner) ?? []), item])
  }
  return { plant, first, chains }
}

describe('whatever happens in the plant', () => {
  test('each chain of facts is whole, and the facts alone make the state again', () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const { plant, first, chains } = await chainsOf(taken)
        for (const [owner, chain] of chains) {
          expect(brokenAt(chain)).toBeUndefined()
          const stored: Stored = plant.table.items.get(owner)
          let replayed: any = first.get(owner)?.data
          for (const { type, data } of chain) {
            const { entity, apply } = factTypes.get(type)!
            replayed = entity.schema.parse(apply(replayed && { ...replayed, id: stored.id }, data))
          }
          expect(canonical(stored.data)).toBe(canonical(replayed))
          expect(stored).toMatchObject({ facts: chain.length, head: chain.at(-1)!.hash })
        }
      }),
      runs,
    ))

  test('a state that has no fact is one that nobody changed', () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const { plant, first, chains } = await chainsOf(taken)
        for (const { entity } of new Set(factTypes.values()))
          for (const { id } of plant.all(entity)) {
            const owner = entityKey(entity, id)
            if (!chains.has(owner)) expect(plant.table.items.get(owner)).toBe(first.get(owner))
          }
      }),
      runs,
    ))

  test('a changed quantity, person or time shows where it was changed', () =>
    fc.assert(
      fc.asyncProperty(
        steps,
        fc.nat(),
        fc.nat(),
        fc.constantFrom<(fact: LedgerFact) => LedgerFact>(
          (fact) => ({ ...fact, data: { ...(fact.data as object), quantity: 424242 } }),
          (fact) => ({ ...fact, by: { ...fact.by, name: 'Somebody Else' } }),
          (fact) => ({ ...fact, at: '2020-01-31T00:00:00.000Z' }),
        ),
        async (taken, which, where, forge) => {
          const { chains } = await chainsOf(taken)
          fc.pre(chains.size > 0)
          const chain = [...chains.values()][which % chains.size]!
          const position = where % chain.length
          expect(brokenAt(chain.with(position, forge(chain[position]!)))).toBe(position + 1)
        },
      ),
      runs,
    ))
})
