import * as z from 'zod'
import { inspected, Results } from '#domain/inspection'
import { Location } from '#domain/location'
import { Lot, LotInspected, unitMismatch, unitRefusals } from '#domain/lot'
import { Line, Quantity, Unit } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Record what an inspection of a lot found; a sample that was used up leaves the stock.',
  route: 'POST /lots/{lotId}/inspections',
  roles: ['quality'],
  input: z.strictObject({
    lotId: Lot.id,
    results: Results,
    note: Line.optional(),
    sample: z.strictObject({ quantity: Quantity, unit: Unit, locationId: Location.id }).optional(),
  }),
  reads: { lot: Lot.at('lotId'), location: Location.at('sample.locationId').optional() },
  emits: [LotInspected],
  refuses: unitRefusals,
  decide: ({ lot }, { results, note, sample }, { actor, now }) =>
    (sample && unitMismatch(lot, sample.unit, sample.quantity)) ??
    LotInspected({
      ...inspected(lot, results, note, actor, now),
      sample: sample && { quantity: sample.quantity, locationId: sample.locationId },
    }),
  examples: [
    {
      name: 'a lot is measured and a sample of it destroyed',
      given: { lot: Lot.like({ status: 'quarantine' }), location: Location.like() },
      stock: { [Lot.sample()]: { [Location.sample()]: 100 } },
      when: {
        lotId: Lot.sample(),
        results: [{ characteristic: 'Burst pressure', found: '4.2 bar', passed: true }],
        sample: { quantity: 5, unit: 'each', locationId: Location.sample() },
      },
      then: ['LotInspected'],
    },
    {
      name: 'one failed characteristic is recorded as well',
      given: { lot: Lot.like({ status: 'quarantine' }) },
      when: { lotId: Lot.sample(), results: [{ characteristic: 'Seal', found: 'leaks', passed: false }] },
      then: ['LotInspected'],
    },
    {
      name: 'a sample in another unit is not converted',
      given: { lot: Lot.like({ unit: 'kg' }), location: Location.like() },
      when: {
        lotId: Lot.sample(),
        results: [{ characteristic: 'Purity', found: '99.9 %', passed: true }],
        sample: { quantity: 5, unit: 'g', locationId: Location.sample() },
      },
      then: { refused: 'unit-mismatch' },
    },
    {
      name: 'more than stands there cannot be sampled',
      given: { lot: Lot.like(), location: Location.like() },
      stock: { [Lot.sample()]: { [Location.sample()]: 4 } },
      when: {
        lotId: Lot.sample(),
        results: [{ characteristic: 'Seal', found: 'tight', passed: true }],
        sample: { quantity: 5, unit: 'each', locationId: Location.sample() },
      },
      then: { refused: 'stock-short' },
    },
  ],
})
