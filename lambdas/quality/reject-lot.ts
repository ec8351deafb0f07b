import * as z from 'zod'
import { Lot, LotRejected } from '#domain/lot'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

export const handler = command({
  summary: 'Bar a lot from use for good; it can only be scrapped or sent back.',
  route: 'POST /lots/{lotId}/rejection',
  roles: ['quality'],
  input: z.strictObject({ lotId: Lot.id, reason: Reason }),
  reads: { lot: Lot.at('lotId') },
  emits: [LotRejected],
  refuses: {
    'lot-already-rejected': conflict(
      'Lot {number} is rejected already. Nothing is left to do but to scrap it or send it back.',
      '批次 {number} 已被拒收。只需报废或退回。',
    ),
  },
  decide: ({ lot }, input) =>
    lot.status === 'rejected' ? refuse('lot-already-rejected', { number: lot.number }) : LotRejected(input),
  examples: [
    {
      name: 'a held lot is rejected',
      given: { lot: Lot.like({ status: 'held', heldFrom: 'quarantine', hold: 'Particles found' }) },
      when: { lotId: Lot.sample(), reason: 'Particles confirmed' },
      then: ['LotRejected'],
    },
    {
      name: 'a rejected lot is not rejected twice',
      given: { lot: Lot.like({ status: 'rejected' }) },
      when: { lotId: Lot.sample(), reason: 'Particles confirmed' },
      then: { refused: 'lot-already-rejected' },
    },
  ],
})
