import { Notice, NoticeAnswered } from '#domain/notice'
import { Recall, RecallReconciliationOutdated } from '#domain/recall'
import { reaction } from '#kit'

const when = {
  ...{ noticeId: Notice.sample(), recallId: Recall.sample(), partnerId: 'ptr_00000000000000000000000001' },
  ...{ by: 'party' as const, answeredBy: 'Ward pharmacy', affected: true, complete: false },
  ...{ lines: [], recipients: [], answeredAt: '2026-03-01T11:00:00.000Z' },
}
const reconciled = {
  ...{ pass: 1, at: '2026-03-01T10:00:00.000Z', lots: 2, parties: 2 },
  ...{ unanswered: { count: 0 }, openCount: 0, open: [] },
  effectiveness: { verdict: 'open' as const, checked: 0, sampled: 0 },
}

export const handler = reaction({
  summary: 'Let a reconciliation not count any more when a party answers after it.',
  on: [NoticeAnswered],
  input: NoticeAnswered.schema,
  reads: { recall: Recall.at('recallId') },
  emits: [RecallReconciliationOutdated],
  refuses: {},
  decide: ({ recall }, { recallId, noticeId, answeredAt }) =>
    recall.reconciled && recall.status !== 'closed' && recall.reconciled.at <= answeredAt
      ? RecallReconciliationOutdated({ recallId, noticeId })
      : [],
  examples: [
    {
      name: 'a clinic corrects its answer',
      given: { recall: Recall.like({ status: 'notified', reconciled }) },
      when,
      then: ['RecallReconciliationOutdated'],
    },
    { name: 'nothing was reconciled yet', given: { recall: Recall.like({ status: 'notified' }) }, when, then: [] },
  ],
})
