import * as z from 'zod'
import { Lot, LotHoldLifted } from '#domain/lot'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

export const handler = command({
  summary: 'End the hold of a lot, which then has the status from before; the freeze of a recall is lifted elsewhere.',
  route: 'POST /lots/{lotId}/holds/lift',
  roles: ['quality'],
  input: z.strictObject({ lotId: Lot.id, reason: Reason }),
  reads: { lot: Lot.at('lotId') },
  emits: [LotHoldLifted],
  refuses: {
    'lot-not-held': conflict(
      'Lot {number} is {status}, not held. There is no hold to lift.',
      '批次 {number} 状态为 {status}，未被扣留，无需解除。',
    ),
  },
  decide: ({ lot }, input) =>
    lot.status === 'held' ? LotHoldLifted(input) : refuse('lot-not-held', { number: lot.number, status: lot.status }),
  examples: [
    {
      name: 'a held lot is free again',
      given: { lot: Lot.like({ status: 'held', heldFrom: 'released', hold: 'Particles found' }) },
      when: { lotId: Lot.sample(), reason: 'Particles came from the sampling tool' },
      then: ['LotHoldLifted'],
    },
    {
      name: 'a lot without a hold has none to lift',
      given: { lot: Lot.like() },
      when: { lotId: Lot.sample(), reason: 'Particles came from the sampling tool' },
      then: { refused: 'lot-not-held' },
    },
  ],
})
