import * as z from 'zod'
import { Complaint, ComplaintEvaluated, complaintClosed, complaintRefusals, Harm } from '#domain/complaint'
import { Market } from '#domain/market'
import { distinct, Reason } from '#domain/values'
import { command, invalid, refuse } from '#kit'

const complaintId = Complaint.sample()

export const handler = command({
  summary: 'Decide whether authorities must be told of a complaint, of which markets, and why (or why not).',
  route: 'POST /complaints/{complaintId}/evaluations',
  roles: ['quality'],
  input: z.strictObject({
    complaintId: Complaint.id,
    reportable: z.boolean(),
    markets: z.array(Market).max(3).refine(distinct, 'must not repeat').default([]),
    harm: Harm.describe('As it is known now'),
    reason: Reason,
  }),
  reads: { complaint: Complaint.at('complaintId') },
  emits: [ComplaintEvaluated],
  refuses: {
    ...complaintRefusals,
    'report-without-market': invalid(
      'The complaint of {reporter} is said to be reportable: {reportable}; the markets named are: {markets}. Name markets where it is reportable, and none where it is not.',
      '{reporter} 的投诉是否须报告：{reportable}；所填市场：{markets}。须报告时请填写市场，否则请勿填写。',
    ),
  },
  decide: ({ complaint }, input, { now, actor }) => {
    const { reportable, markets } = input
    if (reportable !== markets.length > 0)
      return refuse('report-without-market', {
        ...{ reporter: complaint.reporter, reportable: reportable ? 'yes' : 'no', markets: markets.join(', ') || '-' },
      })
    return complaintClosed(complaint) ?? ComplaintEvaluated({ ...input, by: actor.sub, at: now })
  },
  examples: [
    {
      name: 'a stop without alarm could harm the next patient',
      given: { complaint: Complaint.like() },
      when: {
        ...{ complaintId, reportable: true, markets: ['EU', 'US'], harm: 'no' },
        reason: 'Malfunction that may cause serious injury if it recurs',
      },
      then: ['ComplaintEvaluated'],
    },
    {
      name: 'a scratched housing harms nobody',
      given: { complaint: Complaint.like() },
      when: { complaintId, reportable: false, harm: 'no', reason: 'Cosmetic only' },
      then: ['ComplaintEvaluated'],
    },
    {
      name: 'reportable to nobody',
      given: { complaint: Complaint.like() },
      when: { complaintId, reportable: true, harm: 'yes', reason: 'Burn of the skin' },
      then: { refused: 'report-without-market' },
    },
    {
      name: 'what is closed is not judged again',
      given: { complaint: Complaint.like({ status: 'closed', closedAt: '2026-03-02T08:00:00.000Z' }) },
      when: { complaintId, reportable: false, harm: 'no', reason: 'Cosmetic only' },
      then: { refused: 'complaint-closed' },
    },
  ],
})
