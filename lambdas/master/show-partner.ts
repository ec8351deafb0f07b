import { Partner } from '#domain/partner'
import { showRecord } from '#kit'

export const handler = showRecord(Partner, 'partners')
