import * as z from 'zod'
import { Complaint, ComplaintClosed, complaintClosed, complaintRefusals } from '#domain/complaint'
import { Reason } from '#domain/values'
import { command, refuse, refused } from '#kit'

const when = { complaintId: Complaint.sample(), conclusion: 'Battery replaced, cell of a bad lot; nonconformance open' }
const evaluation = {
  ...{ reportable: false, markets: [], harm: 'no' as const, reason: 'Cosmetic only' },
  ...{ by: 'usr-two', at: '2026-03-01T09:00:00.000Z' },
}

export const handler = command({
  summary: 'Close a complaint of which it is decided whether authorities must be told.',
  route: 'POST /complaints/{complaintId}/closure',
  roles: ['quality'],
  input: z.strictObject({ complaintId: Complaint.id, conclusion: Reason }),
  reads: { complaint: Complaint.at('complaintId') },
  emits: [ComplaintClosed],
  refuses: {
    ...complaintRefusals,
    'complaint-unevaluated': refused(
      'Nobody decided yet whether authorities must be told of the complaint of {reporter}. Evaluate it first.',
      '{reporter} 的投诉尚未决定是否须向主管部门报告。请先评估。',
    ),
  },
  decide: ({ complaint }, input, { now, actor }) => {
    const closed = complaintClosed(complaint)
    if (closed) return closed
    if (!complaint.evaluation) return refuse('complaint-unevaluated', { reporter: complaint.reporter })
    return ComplaintClosed({ ...input, by: actor.sub, closedAt: now })
  },
  examples: [
    {
      name: 'it was evaluated and answered',
      given: { complaint: Complaint.like({ status: 'evaluated', evaluation }) },
      when,
      then: ['ComplaintClosed'],
    },
    {
      name: 'nobody looked whether it is reportable',
      given: { complaint: Complaint.like() },
      when,
      then: { refused: 'complaint-unevaluated' },
    },
    {
      name: 'it is closed once',
      given: { complaint: Complaint.like({ status: 'closed', closedAt: '2026-03-02T08:00:00.000Z' }) },
      when,
      then: { refused: 'complaint-closed' },
    },
  ],
})
