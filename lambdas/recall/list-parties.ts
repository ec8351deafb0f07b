import * as z from 'zod'
import { noticeIdOf } from '#domain/notice'
import { Recall } from '#domain/recall'
import { task } from '#kit'

/** One batch is told by one call and written down in one transaction. */
const batchSize = 40

export const handler = task({
  summary: 'List the parties of one partition of a recall in batches, for the fan-out.',
  input: z.object({ recallId: Recall.id, shard: z.number().int() }),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['scope'],
  perform: (_, { recallId, shard }, { scope }) => scope.partiesOf(recallId, shard),
  decide: () => [],
  output: ({ recallId, shard }, all) => {
    const parties = all.map(({ partnerId }) => ({ partnerId, noticeId: noticeIdOf(recallId, partnerId) }))
    const batches = Array.from({ length: Math.ceil(parties.length / batchSize) }, (_, n) =>
      parties.slice(n * batchSize, (n + 1) * batchSize),
    )
    return { batches: batches.map((some) => ({ recallId, shard, parties: some })) }
  },
  examples: [
    {
      name: 'an empty partition has no parties',
      given: {},
      when: { recallId: Recall.sample(), shard: 0 },
      performed: [],
      then: [],
    },
  ],
})
