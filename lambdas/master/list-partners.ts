import * as z from 'zod'
import { Partner } from '#domain/partner'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Partner, 'partners', {
  worklist: { role: z.literal('customer') },
  group: { role: z.literal('supplier') },
  keys: { code: { code: Code } },
})
