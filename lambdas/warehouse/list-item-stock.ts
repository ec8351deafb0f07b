import * as z from 'zod'
import { Item } from '#domain/item'
import { Cursor, everyone, query, StockPage } from '#kit'

export const handler = query({
  summary: 'List where an item is, lot by lot and place by place.',
  route: 'GET /items/{itemId}/stock',
  roles: everyone,
  input: z.strictObject({ itemId: Item.id, cursor: Cursor.optional() }),
  reads: { item: Item.at('itemId') },
  uses: ['table'],
  output: StockPage,
  run: (_, { itemId, cursor }, { table }) => table.stock('item', itemId, cursor),
})
