import * as z from 'zod'
import { Answer } from '#domain/answer'
import { answerRefusals, wrongAnswer } from '#domain/answer-rules'
import { Lot } from '#domain/lot'
import { Notice, NoticeAnswered } from '#domain/notice'
import { command } from '#kit'
import { shippedBy } from '#recall'

const lot = { lotId: Lot.sample(), number: 'L-2601', quantity: 10, unit: 'each' }
const line = { lotId: Lot.sample(), found: 6, used: 2, returned: 1, destroyed: 1, witness: 'Ward sister Maria' }
const answer = {
  noticeId: Notice.sample(),
  proof: 'signed',
  answeredBy: 'Ward pharmacy',
  affected: true,
  lines: [line],
  complete: true,
}
const final = { ...answer, lines: [], recipients: [], answeredAt: '2026-03-02T09:00:00.000Z' }

export const handler = command({
  summary: 'Answer a recall notice through its link: what was found, used, returned, destroyed or passed on.',
  route: 'POST /links/{noticeId}/{proof}/answers',
  link: true,
  input: z.strictObject({ noticeId: Notice.id, proof: z.string().max(60), ...Answer.shape }),
  reads: { notice: Notice.at('noticeId') },
  emits: [NoticeAnswered],
  refuses: answerRefusals,
  uses: ['scope'],
  perform: ({ notice }, _, ports) => shippedBy(notice, ports),
  decide: ({ notice }, { noticeId, proof: _, ...said }, { now }, shipped) => {
    const { recallId, partnerId } = notice
    return (
      wrongAnswer(shipped, notice.answer, said) ??
      NoticeAnswered({ noticeId, recallId, partnerId, by: 'party', ...said, answeredAt: now })
    )
  },
  examples: [
    {
      name: 'ten pumps are accounted for',
      given: { notice: Notice.like() },
      performed: [lot],
      when: answer,
      then: ['NoticeAnswered'],
    },
    {
      name: 'a customer has none of it left and passed nothing on',
      given: { notice: Notice.like() },
      performed: [lot],
      when: { ...answer, affected: false, lines: [] },
      then: ['NoticeAnswered'],
    },
    {
      name: 'a final answer is given once',
      given: { notice: Notice.like({ status: 'answered', answer: final }) },
      performed: [lot],
      when: answer,
      then: { refused: 'answer-final' },
    },
    {
      name: 'a unit that was never shipped there',
      given: { notice: Notice.like() },
      performed: [lot],
      when: { ...answer, lines: [{ ...line, lotId: Lot.sample(2) }] },
      then: { refused: 'lot-never-there' },
    },
    {
      name: 'more than was shipped',
      given: { notice: Notice.like() },
      performed: [lot],
      when: { ...answer, lines: [{ ...line, found: 7 }] },
      then: { refused: 'answer-exceeds-shipment' },
    },
    {
      name: 'half a pump',
      given: { notice: Notice.like() },
      performed: [lot],
      when: { ...answer, lines: [{ ...line, found: 5.5 }] },
      then: { refused: 'quantity-not-whole' },
    },
    {
      name: 'destroyed, and nobody saw it',
      given: { notice: Notice.like() },
      performed: [lot],
      when: { ...answer, lines: [{ ...line, witness: undefined }] },
      then: { refused: 'witness-missing' },
    },
    {
      name: 'passed on to nobody',
      given: { notice: Notice.like() },
      performed: [lot],
      when: { ...answer, lines: [{ lotId: Lot.sample(), passedOn: 3 }] },
      then: { refused: 'recipient-missing' },
    },
    {
      name: 'not affected, and yet some found',
      given: { notice: Notice.like() },
      performed: [lot],
      when: { ...answer, affected: false },
      then: { refused: 'answer-contradicts' },
    },
  ],
})
