import { Location } from '#domain/location'
import { showRecord } from '#kit'

export const handler = showRecord(Location, 'locations')
