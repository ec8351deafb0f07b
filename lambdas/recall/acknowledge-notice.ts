import * as z from 'zod'
import { hasAnswered, Notice, NoticeAcknowledged } from '#domain/notice'
import { Line } from '#domain/values'
import { command, conflict, refuse } from '#kit'

export const handler = command({
  summary: 'Record that a party confirmed its recall notice, by whom.',
  route: 'POST /notices/{noticeId}/acknowledgements',
  roles: ['quality', 'service', 'logistics'],
  input: z.strictObject({ noticeId: Notice.id, acknowledgedBy: Line, note: z.string().max(2000).optional() }),
  reads: { notice: Notice.at('noticeId') },
  emits: [NoticeAcknowledged],
  refuses: {
    'notice-already-acknowledged': conflict(
      'This notice was acknowledged by {acknowledgedBy} on {acknowledgedAt}. Nothing more is needed.',
      '该通知已由 {acknowledgedBy} 于 {acknowledgedAt} 确认，无须再次确认。',
    ),
  },
  decide: ({ notice }, input, { now }) =>
    hasAnswered(notice.status)
      ? refuse('notice-already-acknowledged', {
          acknowledgedBy: notice.acknowledgedBy,
          acknowledgedAt: notice.acknowledgedAt,
        })
      : NoticeAcknowledged({ ...input, acknowledgedAt: now }),
  examples: [
    {
      name: 'a hospital confirms',
      given: { notice: Notice.like() },
      when: { noticeId: Notice.sample(), acknowledgedBy: 'Ward pharmacy' },
      then: ['NoticeAcknowledged'],
    },
    {
      name: 'a second confirmation is refused',
      given: {
        notice: Notice.like({
          status: 'acknowledged',
          acknowledgedBy: 'Ward',
          acknowledgedAt: '2026-03-01T09:00:00.000Z',
        }),
      },
      when: { noticeId: Notice.sample(), acknowledgedBy: 'Ward pharmacy' },
      then: { refused: 'notice-already-acknowledged' },
    },
  ],
})
