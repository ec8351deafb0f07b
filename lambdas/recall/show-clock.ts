import { Clock } from '#domain/clock'
import { showRecord } from '#kit'

export const handler = showRecord(Clock, 'clocks')
