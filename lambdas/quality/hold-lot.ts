import * as z from 'zod'
import { Lot, LotHeld } from '#domain/lot'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

export const handler = command({
  summary: 'Stop a lot from moving until quality lifts the hold.',
  route: 'POST /lots/{lotId}/holds',
  roles: ['quality'],
  input: z.strictObject({ lotId: Lot.id, reason: Reason }),
  reads: { lot: Lot.at('lotId') },
  emits: [LotHeld],
  refuses: {
    'lot-already-held': conflict(
      'Lot {number} is held already: {reason}. Lift that hold first if the reason changed.',
      '批次 {number} 已被扣留：{reason}。如原因有变，请先解除。',
    ),
  },
  decide: ({ lot }, input) =>
    lot.status === 'held' ? refuse('lot-already-held', { number: lot.number, reason: lot.hold }) : LotHeld(input),
  examples: [
    {
      name: 'a released lot is stopped',
      given: { lot: Lot.like() },
      when: { lotId: Lot.sample(), reason: 'Particles found in the line' },
      then: ['LotHeld'],
    },
    {
      name: 'a held lot is not held twice',
      given: { lot: Lot.like({ status: 'held', hold: 'Particles found' }) },
      when: { lotId: Lot.sample(), reason: 'Another reason' },
      then: { refused: 'lot-already-held' },
    },
  ],
})
