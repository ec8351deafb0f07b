import { Item } from '#domain/item'
import { showRecord } from '#kit'

export const handler = showRecord(Item, 'items')
