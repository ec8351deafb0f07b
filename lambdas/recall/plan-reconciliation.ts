import * as z from 'zod'
import { Recall } from '#domain/recall'
import { task } from '#kit'

export const handler = task({
  summary: 'List the partitions of a recall’s scope, for the fan-out of its reconciliation.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  perform: async ({ recall: { shards = 0 } }) => shards,
  decide: () => [],
  output: ({ recallId }, shards) => ({
    recallId,
    shards: Array.from({ length: shards }, (_, shard) => ({ recallId, shard })),
  }),
  examples: [
    {
      name: 'a scope of one partition',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: 1,
      then: [],
    },
  ],
})
