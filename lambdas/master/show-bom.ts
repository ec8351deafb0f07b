import { Bom } from '#domain/bom'
import { showRecord } from '#kit'

export const handler = showRecord(Bom, 'boms')
