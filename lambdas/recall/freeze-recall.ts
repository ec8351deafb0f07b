import * as z from 'zod'
import { Recall, RecallFrozen } from '#domain/recall'
import { traceScope } from '#genealogy'
import { numberOf, task } from '#kit'

export const handler = task({
  summary: 'Freeze the scope in one visible step, then freeze what came to be in the meantime.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallFrozen],
  refuses: {},
  uses: ['genealogy', 'scope', 'freezer', 'table'],
  perform: async ({ recall }, { recallId }, ports) => {
    const shards = recall.shards ?? 1
    const known = new Set((await ports.scope.nodes(recallId, shards)).map(({ id }) => id))
    const scoped = new Set(known)
    let { epoch } = await ports.freezer.freeze(recallId, [...known].map(numberOf))
    for (;;) {
      // After the flip nothing in scope moves or makes descendants unseen, so this ends.
      const scope = await traceScope(recall.seeds, ports)
      const late = scope.nodes.filter(({ id }) => !known.has(id))
      if (late.length === 0) {
        const all = scope.nodes.map(({ id }) => id)
        return {
          epoch,
          late: all.filter((id) => !scoped.has(id)),
          counts: scope.counts,
          fingerprint: scope.fingerprint,
        }
      }
      await ports.scope.write(recallId, shards, late, scope.parties)
      epoch = (
        await ports.freezer.freeze(
          recallId,
          late.map(({ id }) => numberOf(id)),
        )
      ).epoch
      for (const { id } of late) known.add(id)
    }
  },
  decide: ({ recall }, { recallId }, { now }, performed) =>
    recall.status === 'scoped' ? RecallFrozen({ recallId, frozenAt: now, ...performed }) : [],
  output: ({ recallId }, { epoch }) => ({ recallId, epoch }),
  examples: [
    {
      name: 'a scoped recall is frozen',
      given: { recall: Recall.like({ status: 'scoped', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { epoch: 1, late: [], counts: { lots: 2, units: 0, customers: 1, suppliers: 1 }, fingerprint: 'f00d' },
      then: ['RecallFrozen'],
    },
    {
      name: 'a machine that runs again finds it frozen',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { epoch: 2, late: [], counts: { lots: 2, units: 0, customers: 1, suppliers: 1 }, fingerprint: 'f00d' },
      then: [],
    },
  ],
})
