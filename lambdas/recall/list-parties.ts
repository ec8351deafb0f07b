import * as z from 'zod'
import { noticeIdOf } from '#domain/notice'
import { Recall } from '#domain/recall'
import { task } from '#kit'

export const handler = task({
  summary: 'List the parties of one partition of a recall, for the fan-out.',
  input: z.object({ recallId: Recall.id, shard: z.number().int() }),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['scope'],
  perform: (_, { recallId, shard }, { scope }) => scope.partiesOf(recallId, shard),
  decide: () => [],
  output: ({ recallId, shard }, parties) => ({
    parties: parties.map(({ partnerId }) => ({
      ...{ recallId, shard, partnerId },
      noticeId: noticeIdOf(recallId, partnerId),
    })),
  }),
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
