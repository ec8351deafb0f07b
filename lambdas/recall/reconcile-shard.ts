import * as z from 'zod'
import { Recall } from '#domain/recall'
import type { ShardAccount } from '#domain/reconciliation'
import { task } from '#kit'
import { reconcileShard } from '#recall'

const account: ShardAccount = {
  ...{ pass: 1, lots: 2, parties: 1, consignees: ['ptr_00000000000000000000000001'], notices: 'cafe' },
  ...{ unanswered: [], openCount: 0, open: [] },
}

export const handler = task({
  summary: 'Account for one partition of a recall’s scope and keep what was found.',
  input: z.object({ recallId: Recall.id, shard: z.number().int() }),
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['scope', 'table'],
  perform: async ({ recall }, { recallId, shard }, ports) => {
    const { account } = await reconcileShard(recall, shard, ports)
    await ports.scope.account(recallId, shard, account)
    return account
  },
  decide: () => [],
  output: ({ recallId, shard }, { openCount, unanswered }) => ({
    ...{ recallId, shard },
    ...{ open: openCount, unanswered: unanswered.length },
  }),
  examples: [
    {
      name: 'everything is accounted for',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), shard: 0 },
      performed: account,
      then: [],
    },
  ],
})
