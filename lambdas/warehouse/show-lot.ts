import * as z from 'zod'
import { Lot } from '#domain/lot'
import { kindOfPlace } from '#domain/mass-balance'
import { asRecord, everyone, query, recordOf } from '#kit'

export const handler = query({
  summary: 'Show one lot: what it is, where each part of it is, and everything that happened to it.',
  route: 'GET /lots/{lotId}',
  roles: everyone,
  input: z.strictObject({ lotId: Lot.id }),
  reads: { lot: Lot.at('lotId').whole() },
  output: recordOf(Lot.schema).extend({
    places: z.array(z.object({ place: z.string(), kind: z.string(), quantity: z.number() })),
  }),
  run: async ({ lot }) => {
    const places = lot.balances.map(({ place, quantity }) => ({ place, kind: kindOfPlace(place), quantity }))
    return { ...asRecord(lot), places }
  },
})
