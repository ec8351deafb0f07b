import * as z from 'zod'
import { Recall, RecallNotified } from '#domain/recall'
import { task } from '#kit'

export const handler = task({
  summary: 'Record that every party of a recall has its notice.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallNotified],
  refuses: {},
  uses: ['scope'],
  perform: async ({ recall }, { recallId }, { scope }) => (await scope.parties(recallId, recall.shards ?? 1)).length,
  decide: ({ recall }, { recallId }, { now }, parties) =>
    recall.status === 'scoped' ? RecallNotified({ recallId, notifiedAt: now, parties }) : [],
  output: ({ recallId }, parties) => ({ recallId, parties }),
  examples: [
    {
      name: 'all parties are told',
      given: { recall: Recall.like({ status: 'scoped', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: 12,
      then: ['RecallNotified'],
    },
    {
      name: 'a machine that runs again finds it recorded',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: 12,
      then: [],
    },
  ],
})
