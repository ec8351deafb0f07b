/**
 * Mistakes that must not compile. Nothing here runs: `tsc` fails when one of these lines is accepted,
 * because its `@ts-expect-error` is then unused.
 */
import * as z from 'zod'
import { Item } from '#domain/item'
import { Lot, LotHeld, LotReleased } from '#domain/lot'
import { command, conflict, query, refuse } from '#kit'

const base = {
  summary: 'A guard.',
  route: 'POST /guards/{lotId}',
  roles: ['quality'],
  input: z.strictObject({ lotId: Lot.id, reason: z.string() }),
  emits: [LotHeld],
  refuses: { 'lot-busy': conflict('Busy.', '忙。') },
  examples: [],
} as const

export const accepted = command({
  ...base,
  reads: { lot: Lot.at('lotId'), item: Item.of('lot.itemId') },
  decide: ({ lot }, input) => (lot.hold ? refuse('lot-busy') : LotHeld(input)),
})

export const signedVersionThatIsNotRead = command({
  ...base,
  reads: { lot: Lot.at('lotId') },
  // @ts-expect-error No read is called "order".
  signs: { meaning: { en: 'I hold it.', zh: '本人扣留。' }, record: 'order' },
  decide: (_, input) => LotHeld(input),
})

export const undeclaredRefusal = command({
  ...base,
  reads: { lot: Lot.at('lotId') },
  // @ts-expect-error 'lot-gone' is not in "refuses".
  decide: ({ lot }, input) => (lot.hold ? refuse('lot-gone') : LotHeld(input)),
})

export const undeclaredFact = command({
  ...base,
  reads: { lot: Lot.at('lotId') },
  // @ts-expect-error LotReleased is not in "emits".
  decide: (_, { lotId }) => LotReleased({ lotId, releasedBy: 'usr-1' }),
})

export const readKeyedByMissingField = command({
  ...base,
  // @ts-expect-error The input has no field "batchId".
  reads: { lot: Lot.at('batchId') },
  decide: (_, input) => LotHeld(input),
})

export const forgottenAbsentState = command({
  ...base,
  reads: { lot: Lot.at('lotId').orAbsent() },
  // @ts-expect-error The lot may not exist.
  decide: ({ lot }, input) => (lot.hold ? refuse('lot-busy') : LotHeld(input)),
})

export const forgottenOptionalState = command({
  ...base,
  reads: { lot: Lot.at('lotId').optional() },
  // @ts-expect-error The id may have been left out.
  decide: ({ lot }, input) => (lot.hold ? refuse('lot-busy') : LotHeld(input)),
})

export const incompleteFact = command({
  ...base,
  reads: { lot: Lot.at('lotId') },
  // @ts-expect-error The fact's data lacks its reason.
  decide: (_, { lotId }) => LotHeld({ lotId }),
})

export const undeclaredPort = command({
  ...base,
  reads: { lot: Lot.at('lotId') },
  uses: ['mail'],
  // @ts-expect-error The bus is not in "uses".
  perform: async (_, __, { bus }) => bus.publish([]),
  decide: (_, input) => LotHeld(input),
})

export const unknownRefusalInExample = command({
  ...base,
  reads: { lot: Lot.at('lotId') },
  decide: (_, input) => LotHeld(input),
  examples: [
    {
      name: 'a refusal that nobody declared',
      given: { lot: Lot.like() },
      when: { lotId: Lot.sample(), reason: 'Because' },
      // @ts-expect-error 'lot-gone' is not in "refuses".
      then: { refused: 'lot-gone' },
    },
  ],
})

export const wrongAnswer = query({
  summary: 'A guard.',
  route: 'GET /guards/{lotId}',
  roles: ['quality'],
  input: z.strictObject({ lotId: Lot.id }),
  reads: { lot: Lot.at('lotId') },
  output: z.object({ number: z.string() }),
  // @ts-expect-error The answer lacks its number.
  run: async ({ lot }) => ({ name: lot.number }),
})
