import { Exposure } from '#domain/exposure'
import { showRecord } from '#kit'

export const handler = showRecord(Exposure, 'exposures')
