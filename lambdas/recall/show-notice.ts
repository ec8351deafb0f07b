import { Notice } from '#domain/notice'
import { showRecord } from '#kit'

export const handler = showRecord(Notice, 'notices')
