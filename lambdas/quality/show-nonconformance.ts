import { Nonconformance } from '#domain/nonconformance'
import { showRecord } from '#kit'

export const handler = showRecord(Nonconformance, 'nonconformances')
