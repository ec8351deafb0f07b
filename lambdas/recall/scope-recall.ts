import * as z from 'zod'
import { excludedFrom, mostShards, Recall, RecallScoped } from '#domain/recall'
import { traceScope } from '#genealogy'
import { task } from '#kit'

/** One partition holds about this many: one child of the fan-out, and one page of the scope, reads one partition. */
const perShard = { parties: 20, nodes: 500 }

const shardsFor = (parties: number, nodes: number) =>
  Math.min(mostShards, Math.max(1, Math.ceil(parties / perShard.parties), Math.ceil(nodes / perShard.nodes)))

export const handler = task({
  summary: 'Trace everything the seeds touch and write it down as the scope of the recall.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallScoped],
  refuses: {},
  uses: ['genealogy', 'scope', 'table'],
  perform: async ({ recall }, { recallId }, ports) => {
    const scope = await traceScope(recall.seeds, ports, excludedFrom(recall))
    const shards = recall.shards ?? shardsFor(scope.parties.length, scope.nodes.length)
    await ports.scope.write(recallId, shards, scope.nodes, scope.parties)
    return { shards, counts: scope.counts, fingerprint: scope.fingerprint }
  },
  decide: ({ recall }, { recallId }, _, performed) =>
    recall.status === 'opened' ? RecallScoped({ recallId, ...performed }) : [],
  output: ({ recallId }, { shards }) => ({
    recallId,
    shards: Array.from({ length: shards }, (_, shard) => ({ recallId, shard })),
  }),
  examples: [
    {
      name: 'an opened recall gets its scope',
      given: { recall: Recall.like() },
      when: { recallId: Recall.sample() },
      performed: { shards: 1, counts: { lots: 2, units: 0, customers: 1, suppliers: 1 }, fingerprint: 'f00d' },
      then: ['RecallScoped'],
    },
    {
      name: 'a machine that runs again finds the scope written',
      given: { recall: Recall.like({ status: 'frozen', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { shards: 1, counts: { lots: 2, units: 0, customers: 1, suppliers: 1 }, fingerprint: 'f00d' },
      then: [],
    },
  ],
})
