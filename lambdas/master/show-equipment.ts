import { Equipment } from '#domain/equipment'
import { showRecord } from '#kit'

export const handler = showRecord(Equipment, 'equipment')
