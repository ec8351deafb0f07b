import * as z from 'zod'
import { Lot, LotHoldLifted } from '#domain/lot'
import { Reason } from '#domain/values'
import { command, conflict, refuse, refused } from '#kit'

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
    'lot-nonconforming': refused(
      'Lot {number} is held by nonconformance {nonconformanceId}. Decide there what becomes of it.',
      '批次 {number} 因不合格项 {nonconformanceId} 被扣留。请在该不合格项中作出处置决定。',
    ),
  },
  decide: ({ lot: { number, status, heldByNonconformance, nonconformanceIds } }, input) => {
    if (status !== 'held') return refuse('lot-not-held', { number, status })
    if (heldByNonconformance)
      return refuse('lot-nonconforming', { number, nonconformanceId: nonconformanceIds?.join(', ') })
    return LotHoldLifted(input)
  },
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
    {
      name: 'what a nonconformance holds is decided there',
      given: {
        lot: Lot.like({
          ...{ status: 'held', heldFrom: 'released', hold: 'Seal strength below limit' },
          ...{ heldByNonconformance: true, nonconformanceIds: ['ncr_00000000000000000000000001'] },
        }),
      },
      when: { lotId: Lot.sample(), reason: 'We need it today' },
      then: { refused: 'lot-nonconforming' },
    },
  ],
})
