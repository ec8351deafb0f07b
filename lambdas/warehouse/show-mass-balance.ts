import * as z from 'zod'
import { Lot } from '#domain/lot'
import { MassBalance, massBalance } from '#domain/mass-balance'
import { everyone, query } from '#kit'

export const handler = query({
  summary: 'Account for every part of a lot: on hand, consumed, shipped, scrapped, sampled or unexplained.',
  route: 'GET /lots/{lotId}/mass-balance',
  roles: everyone,
  input: z.strictObject({ lotId: Lot.id }),
  reads: { lot: Lot.at('lotId') },
  uses: ['table'],
  output: MassBalance.extend({ lotId: z.string(), number: z.string(), unit: z.string() }),
  run: async ({ lot }, { lotId }, { table }) => ({
    ...{ lotId, number: lot.number, unit: lot.unit },
    ...massBalance(lot, await table.balances(lotId)),
  }),
})
