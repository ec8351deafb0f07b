import * as z from 'zod'
import { Recall, RecallReconciled } from '#domain/recall'
import type { Reconciled, ShardAccount } from '#domain/reconciliation'
import { task } from '#kit'
import { hasMoved, reconciledOf, reconcileShard } from '#recall'

const found: Reconciled = {
  ...{ pass: 1, at: '2026-03-01T10:00:00.000Z', lots: 2, parties: 2 },
  ...{ unanswered: { count: 0 }, openCount: 0, open: [] },
  effectiveness: { verdict: 'open', checked: 0, sampled: 0 },
}

export const handler = task({
  summary: 'Write down what the reconciliation of all partitions comes to; who answered meanwhile is looked at again.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallReconciled],
  refuses: {},
  uses: ['scope', 'table'],
  perform: async ({ recall }, { recallId }, ports, { now }) => {
    const accounts: ShardAccount[] = []
    for (let shard = 0; shard < (recall.shards ?? 0); shard += 1) {
      const kept = await ports.scope.accountOf<ShardAccount>(recallId, shard)
      const moved = await hasMoved(recall, shard, kept, ports)
      accounts.push(moved ? (await reconcileShard(recall, shard, ports)).account : kept!)
    }
    return reconciledOf(recall, accounts, ports, now)
  },
  decide: ({ recall: { status, pass } }, { recallId }, _, reconciled) =>
    status === 'closed' || pass !== reconciled.pass ? [] : RecallReconciled({ recallId, ...reconciled }),
  output: ({ recallId }, { openCount, unanswered }) => ({ recallId, open: openCount, unanswered: unanswered.count }),
  examples: [
    {
      name: 'all partitions are accounted for',
      given: { recall: Recall.like({ status: 'notified', shards: 1, pass: 1 }) },
      when: { recallId: Recall.sample() },
      performed: found,
      then: ['RecallReconciled'],
    },
    {
      name: 'the scope has changed meanwhile: it must be done again',
      given: { recall: Recall.like({ status: 'notified', shards: 1, pass: 2 }) },
      when: { recallId: Recall.sample() },
      performed: found,
      then: [],
    },
  ],
})
