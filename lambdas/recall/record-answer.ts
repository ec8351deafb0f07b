import * as z from 'zod'
import { Answer } from '#domain/answer'
import { answerRefusals, wrongAnswer } from '#domain/answer-rules'
import { Lot } from '#domain/lot'
import { Notice, NoticeAnswered } from '#domain/notice'
import { command } from '#kit'
import { shippedBy } from '#recall'

const lot = { lotId: Lot.sample(), number: 'L-2601', quantity: 10, unit: 'each' }

export const handler = command({
  summary: 'Write down what a party answered by phone, letter or visit.',
  route: 'POST /notices/{noticeId}/answers',
  roles: ['quality', 'service', 'logistics'],
  input: z.strictObject({ noticeId: Notice.id, ...Answer.shape }),
  reads: { notice: Notice.at('noticeId') },
  emits: [NoticeAnswered],
  refuses: answerRefusals,
  uses: ['scope'],
  perform: ({ notice }, _, ports) => shippedBy(notice, ports),
  decide: ({ notice }, { noticeId, ...said }, { now }, shipped) => {
    const { recallId, partnerId } = notice
    return (
      wrongAnswer(shipped, notice.answer, said) ??
      NoticeAnswered({ noticeId, recallId, partnerId, by: 'staff', ...said, answeredAt: now })
    )
  },
  examples: [
    {
      name: 'the ward says on the phone that it found all ten',
      given: { notice: Notice.like() },
      performed: [lot],
      when: {
        noticeId: Notice.sample(),
        answeredBy: 'Sister Maria, ward 3',
        affected: true,
        lines: [{ lotId: Lot.sample(), found: 10 }],
        complete: false,
      },
      then: ['NoticeAnswered'],
    },
  ],
})
