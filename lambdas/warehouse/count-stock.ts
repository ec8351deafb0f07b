import * as z from 'zod'
import { Location } from '#domain/location'
import { Lot, unitMismatch, unitRefusals } from '#domain/lot'
import { LotCounted } from '#domain/lot-stock'
import { QuantityOrZero, Unit } from '#domain/values'
import { command, exact } from '#kit'

const count = { lotId: Lot.sample(), locationId: Location.sample(), counted: 97, unit: 'each' } as const
const given = { lot: Lot.like(), location: Location.like() }
const stock = { [Lot.sample()]: { [Location.sample()]: 100 } }

export const handler = command({
  summary: 'Record a count of a lot at a location; what differs from the books stays unexplained until it is found.',
  route: 'POST /lots/{lotId}/counts',
  roles: ['warehouse', 'quality'],
  input: z.strictObject({ lotId: Lot.id, locationId: Location.id, counted: QuantityOrZero, unit: Unit }),
  reads: { lot: Lot.at('lotId'), location: Location.at('locationId') },
  uses: ['table'],
  emits: [LotCounted],
  refuses: unitRefusals,
  // The difference is posted, not the count: what moves between this read and the write is not lost.
  perform: async (_, { lotId, locationId }, { table }) => {
    const balances = await table.balances(lotId)
    return { expected: balances.find(({ place }) => place === locationId)?.quantity ?? 0 }
  },
  decide: ({ lot }, input, { actor }, { expected }) =>
    unitMismatch(lot, input.unit, input.counted) ??
    LotCounted({
      ...input,
      itemId: lot.itemId,
      expected,
      difference: exact(input.counted - expected),
      countedBy: actor.sub,
    }),
  examples: [
    { name: 'three are missing', given, stock, performed: { expected: 100 }, when: count, then: ['LotCounted'] },
    {
      name: 'two more than expected',
      given,
      stock,
      performed: { expected: 100 },
      when: { ...count, counted: 102 },
      then: ['LotCounted'],
    },
    {
      name: 'the books are right',
      given,
      stock,
      performed: { expected: 100 },
      when: { ...count, counted: 100 },
      then: ['LotCounted'],
    },
    {
      name: 'half a piece',
      given,
      stock,
      performed: { expected: 100 },
      when: { ...count, counted: 96.5 },
      then: { refused: 'quantity-not-whole' },
    },
  ],
})
