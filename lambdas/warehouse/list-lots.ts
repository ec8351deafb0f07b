import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { LotNumber } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Lot, 'lots', {
  worklist: { status: Lot.schema.shape.status },
  group: { itemId: Item.id },
  keys: { number: { itemId: Item.id, number: LotNumber }, serial: { itemId: Item.id, serial: LotNumber } },
})
