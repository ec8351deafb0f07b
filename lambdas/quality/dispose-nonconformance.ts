import * as z from 'zod'
import { Lot, LotDisposed } from '#domain/lot'
import {
  Decision,
  Nonconformance,
  NonconformanceDisposed,
  nonconformanceClosed,
  nonconformanceRefusals,
} from '#domain/nonconformance'
import { Reason } from '#domain/values'
import { command, conflict, refuse, refused } from '#kit'

const nonconformanceId = Nonconformance.sample()
const when = { nonconformanceId, decision: 'use-as-is' as const, reason: 'Seals hold what the standard asks for' }
const given = {
  nonconformance: Nonconformance.like({ status: 'evaluated' }),
  lots: [
    Lot.like({
      ...{ status: 'held', heldFrom: 'released', hold: 'Seal strength below limit' },
      ...{ heldByNonconformance: true, nonconformanceIds: [nonconformanceId] },
    }),
  ],
}

export const handler = command({
  summary:
    'Decide what becomes of the lots of a nonconformance: used as they are, reworked, scrapped or sent back to the supplier.',
  route: 'POST /nonconformances/{nonconformanceId}/disposition',
  roles: ['quality'],
  input: z.strictObject({ nonconformanceId: Nonconformance.id, decision: Decision, reason: Reason }),
  reads: { nonconformance: Nonconformance.at('nonconformanceId'), lots: Lot.of('nonconformance.lotIds[]') },
  emits: [NonconformanceDisposed, LotDisposed],
  refuses: {
    ...nonconformanceRefusals,
    'nonconformance-disposed': conflict(
      'For nonconformance "{title}" it was decided before: {decision}. Record a new one if that was wrong.',
      '不合格项“{title}”此前已决定：{decision}。如决定有误，请另行登记。',
    ),
    'own-finding': refused(
      'You recorded nonconformance "{title}" yourself. Another person of quality decides that its lots are used as they are.',
      '不合格项“{title}”由您本人登记。须由质量部门的另一人决定让步使用。',
    ),
  },
  decide: ({ nonconformance, lots }, input, { now, actor }) => {
    const { title, disposition, recordedBy } = nonconformance
    const closed = nonconformanceClosed(nonconformance)
    if (closed) return closed
    if (disposition) return refuse('nonconformance-disposed', { title, decision: disposition.decision })
    if (input.decision === 'use-as-is' && recordedBy === actor.sub) return refuse('own-finding', { title })
    const lotIds = lots.map(({ id }) => id)
    return [
      NonconformanceDisposed({ ...input, lotIds, by: actor.sub, at: now }),
      ...lotIds.map((lotId) => LotDisposed({ ...input, lotId })),
    ]
  },
  examples: [
    {
      name: 'the lot is good enough as it is',
      given,
      when,
      then: ['NonconformanceDisposed', 'LotDisposed'],
    },
    {
      name: 'the lot is scrapped',
      given,
      when: { ...when, decision: 'scrap', reason: 'Seals cannot be made again' },
      then: ['NonconformanceDisposed', 'LotDisposed'],
    },
    {
      name: 'it is decided once',
      given: {
        ...given,
        nonconformance: Nonconformance.like({
          status: 'disposed',
          disposition: { decision: 'scrap', reason: 'Cannot be mended', by: 'usr-two', at: '2026-03-01T09:00:00.000Z' },
        }),
      },
      when,
      then: { refused: 'nonconformance-disposed' },
    },
    {
      name: 'who found it does not let it pass',
      given,
      by: { sub: 'usr-inspector' },
      when,
      then: { refused: 'own-finding' },
    },
    {
      name: 'what is closed stays closed',
      given: {
        ...given,
        nonconformance: Nonconformance.like({ status: 'closed', closedAt: '2026-03-02T08:00:00.000Z' }),
      },
      when,
      then: { refused: 'nonconformance-closed' },
    },
  ],
})
