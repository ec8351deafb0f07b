import * as z from 'zod'
import { classRefusals, classUnknown, Market } from '#domain/market'
import { closedAlready, Recall, recallRefusals } from '#domain/recall'
import { RecallClassified } from '#domain/recall-judgement'
import { Line, Reason } from '#domain/values'
import { command } from '#kit'

const second = {
  recallId: Recall.sample(),
  market: 'US',
  class: 'II',
  reason: 'Harm is reversible; see the hazard evaluation',
} as const

export const handler = command({
  summary: 'Give a recall its class in one market; the terms of that market begin to run.',
  route: 'POST /recalls/{recallId}/classifications',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id, market: Market, class: Line, reason: Reason }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallClassified],
  refuses: { ...recallRefusals, ...classRefusals },
  signs: {
    meaning: { en: 'I give this recall its class in this market.', zh: '本人确定本次召回在该市场的级别。' },
    record: 'recall',
    unless: ({ recall }) => recall.drill,
  },
  decide: ({ recall }, input, { now, actor }) =>
    closedAlready(recall) ??
    classUnknown(input.market, input.class) ??
    RecallClassified({ ...input, by: actor.sub, at: now }),
  examples: [
    { name: 'class II in the US', given: { recall: Recall.like() }, when: second, then: ['RecallClassified'] },
    {
      name: 'an FSCA in the EU',
      given: { recall: Recall.like({ status: 'notified' }) },
      when: { ...second, market: 'EU', class: 'FSCA' },
      then: ['RecallClassified'],
    },
    {
      name: 'first class in China',
      given: { recall: Recall.like() },
      when: { ...second, market: 'CN', class: '一级' },
      then: ['RecallClassified'],
    },
    {
      name: 'a class of another market is refused',
      given: { recall: Recall.like() },
      when: { ...second, class: '一级' },
      then: { refused: 'class-unknown' },
    },
  ],
})
