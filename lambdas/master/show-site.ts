import { Site } from '#domain/site'
import { showRecord } from '#kit'

export const handler = showRecord(Site, 'sites')
