import { Pack } from '#domain/pack'
import { showRecord } from '#kit'

export const handler = showRecord(Pack, 'packs')
