import { Technician } from '#domain/technician'
import { showRecord } from '#kit'

export const handler = showRecord(Technician, 'technicians')
