import { Item } from '#domain/item'
import { Order } from '#domain/order'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Order, 'orders', {
  worklist: { status: Order.schema.shape.status },
  group: { itemId: Item.id },
  keys: { number: { number: Code } },
})
