import { Gtin } from '#domain/gtin'
import { Item, ItemKind } from '#domain/item'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Item, 'items', {
  worklist: { kind: ItemKind },
  keys: { code: { code: Code }, gtin: { gtin: Gtin } },
})
