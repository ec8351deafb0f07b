import * as z from 'zod'
import { Location } from '#domain/location'
import { Cursor, everyone, query, StockPage } from '#kit'

export const handler = query({
  summary: 'List what is kept at a location, lot by lot.',
  route: 'GET /locations/{locationId}/stock',
  roles: everyone,
  input: z.strictObject({ locationId: Location.id, cursor: Cursor.optional() }),
  reads: { location: Location.at('locationId') },
  uses: ['table'],
  output: StockPage,
  run: (_, { locationId, cursor }, { table }) => table.stock('place', locationId, cursor),
})
