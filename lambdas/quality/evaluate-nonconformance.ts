import * as z from 'zod'
import {
  Nonconformance,
  NonconformanceEvaluated,
  nonconformanceClosed,
  nonconformanceRefusals,
  Severity,
} from '#domain/nonconformance'
import { Reason } from '#domain/values'
import { command } from '#kit'

const when = {
  ...{ nonconformanceId: Nonconformance.sample(), severity: 'major' as const, mayHaveLeft: true },
  cause: 'The sealing bar was worn',
}

export const handler = command({
  summary:
    'Evaluate a nonconformance: how severe it is, its cause, and whether product that left the house has it too.',
  route: 'POST /nonconformances/{nonconformanceId}/evaluations',
  roles: ['quality'],
  input: z.strictObject({
    nonconformanceId: Nonconformance.id,
    severity: Severity,
    cause: Reason,
    mayHaveLeft: z.boolean().describe('Product that left the house may have it too: consider a recall'),
  }),
  reads: { nonconformance: Nonconformance.at('nonconformanceId') },
  emits: [NonconformanceEvaluated],
  refuses: nonconformanceRefusals,
  decide: ({ nonconformance }, input, { now, actor }) =>
    nonconformanceClosed(nonconformance) ?? NonconformanceEvaluated({ ...input, by: actor.sub, at: now }),
  examples: [
    {
      name: 'a worn sealing bar',
      given: { nonconformance: Nonconformance.like() },
      when,
      then: ['NonconformanceEvaluated'],
    },
    {
      name: 'what is closed stays as it was judged',
      given: { nonconformance: Nonconformance.like({ status: 'closed', closedAt: '2026-03-02T08:00:00.000Z' }) },
      when,
      then: { refused: 'nonconformance-closed' },
    },
  ],
})
