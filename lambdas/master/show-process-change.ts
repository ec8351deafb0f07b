import { ProcessChange } from '#domain/process-change'
import { showRecord } from '#kit'

export const handler = showRecord(ProcessChange, 'process-changes')
