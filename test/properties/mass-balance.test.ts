import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lot, type LotState } from '#domain/lot'
import { massBalance } from '#domain/mass-balance'
import { Shipment, type ShipmentState } from '#domain/shipment'
import { keys } from '../../lib/kit/keys.ts'
import type { LedgerFact } from '../../lib/kit/ledger.ts'
import { allActs, Plant, steps } from './plant.ts'

/** Six decimals as whole numbers, so that the check itself has no rounding. */
const micro = (quantity: number) => Math.round(quantity * 1e6)
const sum = (quantities: readonly number[]) => quantities.reduce((total, one) => total + micro(one), 0)
const runs = { numRuns: 40, seed: 2601 }

const itemsIn = <T>(plant: Plant, inside: string): T[] =>
  [...plant.table.items].filter(([key]) => key.includes(inside)).map(([, item]) => item)
const balancesOf = (plant: Plant) =>
  itemsIn<{ itemId: string; place: string; quantity: number }>(plant, `/${keys.atPrefix}`)
const factsOf = (plant: Plant, ...types: string[]) =>
  itemsIn<LedgerFact & { data: any }>(plant, `/${keys.factPrefix}`).filter(({ type }) => types.includes(type))

async function played(taken: Parameters<Plant['take']>[0][], after: (plant: Plant) => void = () => {}) {
  const plant = new Plant()
  for (const step of taken) if (await plant.take(step)) after(plant)
  return plant
}

describe('whatever happens in the plant', () => {
  test('each lot is at its places, all of it and no more', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const plant = await played(taken)
        for (const lot of plant.all<LotState>(Lot)) {
          const balances = await plant.table.balances(lot.id)
          expect(sum(balances.map(({ quantity }) => quantity))).toBe(micro(lot.quantity))
          expect(massBalance(lot, balances).balanced).toBe(true)
        }
        for (const act of plant.accepted) seen.add(act)
      }),
      runs,
    )
    // A property over steps that are all refused would hold for nothing.
    expect([...seen].sort()).toEqual([...allActs].sort())
  })

  test('no place but the count difference ever owes anything', () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        await played(taken, (plant) => {
          const owing = balancesOf(plant).filter(({ place, quantity }) => quantity < 0 && place !== 'difference')
          expect(owing).toEqual([])
        })
      }),
      runs,
    ))

  test('what came in and was made is what is somewhere now', () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const plant = await played(taken)
        for (const itemId of new Set(balancesOf(plant).map((one) => one.itemId))) {
          const born = factsOf(plant, 'LotReceived', 'LotProduced').filter(({ data }) => data.itemId === itemId)
          // What went on under another number is counted at its new lot.
          const now = balancesOf(plant).filter((one) => one.itemId === itemId && !one.place.startsWith('lot_'))
          expect(sum(now.map(({ quantity }) => quantity))).toBe(sum(born.map(({ data }) => data.quantity)))
        }
      }),
      runs,
    ))

  test('what is unexplained is what counts found, and what customers have is what was delivered and not returned', () =>
    fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const plant = await played(taken)
        const at = (matches: (place: string) => boolean) =>
          sum(balancesOf(plant).flatMap(({ place, quantity }) => (matches(place) ? quantity : [])))
        expect(at((place) => place === 'difference')).toBe(
          0 - sum(factsOf(plant, 'LotCounted').map(({ data }) => data.difference)),
        )
        const onLines = (status: string) =>
          plant
            .all<ShipmentState>(Shipment)
            .filter((shipment) => shipment.status === status)
            .flatMap(({ lines }) => lines.map(({ quantity, returned }) => quantity - returned))
        expect(at((place) => place.startsWith('ptr_'))).toBe(sum(onLines('delivered')))
        expect(at((place) => place.startsWith('shp_'))).toBe(sum(onLines('in-transit')))
      }),
      runs,
    ))
})
