import { Complaint } from '#domain/complaint'
import { showRecord } from '#kit'

export const handler = showRecord(Complaint, 'complaints')
