import * as z from 'zod'
import { populationOf, sampleOf } from '#domain/effectiveness'
import { Partner } from '#domain/partner'
import { closedAlready, Recall, recallRefusals } from '#domain/recall'
import { RecallSampleDrawn } from '#domain/recall-judgement'
import { Line } from '#domain/values'
import { command, refuse, refused } from '#kit'
import { consigneesOf } from '#recall'

const checks = { level: 'C', percent: 10 } as const
const told = Recall.like({ status: 'notified', shards: 1, checks })
const draw = { recallId: Recall.sample(), seed: '2026-03-02 17:00 draw, dice 4 6 2' }

export const handler = command({
  summary: 'Pick the consignees to check for effectiveness, in a way that anybody can repeat.',
  route: 'POST /recalls/{recallId}/samples',
  roles: ['quality'],
  input: z.strictObject({
    recallId: Recall.id,
    /** Any text that nobody could choose to suit; it decides who is picked. */
    seed: Line.min(8),
  }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallSampleDrawn],
  refuses: {
    ...recallRefusals,
    'checks-undecided': refused(
      'Recall "{title}" has no level of effectiveness checks. Set its strategy first.',
      '召回“{title}”尚未确定有效性检查级别。请先设定召回策略。',
    ),
    'nobody-to-check': refused(
      'Recall "{title}" has no consignees, or level E, which checks none. No sample is needed.',
      '召回“{title}”没有收货方，或级别为 E（不检查），无须抽样。',
    ),
  },
  uses: ['scope'],
  perform: ({ recall }, _, ports) => consigneesOf(recall, ports),
  decide: ({ recall }, { recallId, seed }, { now }, consignees) => {
    const { title, checks } = recall
    const closed = closedAlready(recall)
    if (closed) return closed
    if (!checks) return refuse('checks-undecided', { title })
    const { length: sampled } = sampleOf(consignees, checks.percent, seed)
    if (sampled === 0) return refuse('nobody-to-check', { title })
    return RecallSampleDrawn({
      ...{ recallId, seed, percent: checks.percent, consignees: consignees.length, sampled },
      ...{ population: populationOf(consignees), drawnAt: now },
    })
  },
  examples: [
    {
      name: 'one in ten, at least one',
      given: { recall: told },
      performed: [Partner.sample()],
      when: draw,
      then: ['RecallSampleDrawn'],
    },
    {
      name: 'how many is not decided yet',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      performed: [],
      when: draw,
      then: { refused: 'checks-undecided' },
    },
    {
      name: 'nobody got any of it',
      given: { recall: told },
      performed: [],
      when: draw,
      then: { refused: 'nobody-to-check' },
    },
  ],
})
