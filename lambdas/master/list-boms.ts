import { Bom } from '#domain/bom'
import { Item } from '#domain/item'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Bom, 'boms', {
  group: { itemId: Item.id },
  keys: { revision: { itemId: Item.id, revision: Code } },
})
