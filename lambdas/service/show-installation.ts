import { Installation } from '#domain/installation'
import { showRecord } from '#kit'

export const handler = showRecord(Installation, 'installations')
