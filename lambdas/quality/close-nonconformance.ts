import * as z from 'zod'
import {
  Nonconformance,
  NonconformanceClosed,
  nonconformanceClosed,
  nonconformanceRefusals,
} from '#domain/nonconformance'
import { Reason } from '#domain/values'
import { command, refuse, refused } from '#kit'

const when = { nonconformanceId: Nonconformance.sample(), conclusion: 'Sealing bar replaced, lot scrapped' }
const ground = { reason: 'Cannot be mended', by: 'usr-two', at: '2026-03-01T09:00:00.000Z' }
const evaluation = {
  ...{ severity: 'major' as const, cause: 'The sealing bar was worn', mayHaveLeft: false },
  ...{ by: 'usr-two', at: '2026-03-01T09:00:00.000Z' },
}

export const handler = command({
  summary: 'Close a nonconformance that was evaluated and whose lots are disposed of.',
  route: 'POST /nonconformances/{nonconformanceId}/closure',
  roles: ['quality'],
  input: z.strictObject({ nonconformanceId: Nonconformance.id, conclusion: Reason }),
  reads: { nonconformance: Nonconformance.at('nonconformanceId') },
  emits: [NonconformanceClosed],
  refuses: {
    ...nonconformanceRefusals,
    'nonconformance-undecided': refused(
      'Nonconformance "{title}" lacks its {missing}. Record that first.',
      '不合格项“{title}”缺少{missing}。请先补充。',
    ),
  },
  decide: ({ nonconformance }, input, { now, actor }) => {
    const { title, evaluation, disposition, lotIds } = nonconformance
    const closed = nonconformanceClosed(nonconformance)
    if (closed) return closed
    if (!evaluation) return refuse('nonconformance-undecided', { title, missing: 'evaluation' })
    if (!disposition && lotIds.length > 0) return refuse('nonconformance-undecided', { title, missing: 'disposition' })
    return NonconformanceClosed({ ...input, by: actor.sub, closedAt: now })
  },
  examples: [
    {
      name: 'all is decided',
      given: {
        nonconformance: Nonconformance.like({
          ...{ status: 'disposed', evaluation, disposition: { decision: 'scrap', ...ground } },
        }),
      },
      when,
      then: ['NonconformanceClosed'],
    },
    {
      name: 'nobody evaluated it',
      given: { nonconformance: Nonconformance.like() },
      when,
      then: { refused: 'nonconformance-undecided' },
    },
    {
      name: 'it is closed once',
      given: { nonconformance: Nonconformance.like({ status: 'closed', closedAt: '2026-03-02T08:00:00.000Z' }) },
      when,
      then: { refused: 'nonconformance-closed' },
    },
  ],
})
