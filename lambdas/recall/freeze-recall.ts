import * as z from 'zod'
import { excludedFrom, Recall, RecallFrozen } from '#domain/recall'
import { traceScope } from '#genealogy'
import { numberOf, task } from '#kit'

const found = {
  ...{ epoch: 1, frozen: { traced: 3, late: 0 }, late: [], fingerprint: 'f00d' },
  counts: { lots: 2, units: 0, customers: 1, suppliers: 1 },
}

export const handler = task({
  summary: 'Freeze the scope in one visible step, then freeze what came to be in the meantime.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallFrozen],
  refuses: {},
  uses: ['genealogy', 'scope', 'freezer', 'table'],
  perform: async ({ recall }, { recallId }, ports) => {
    // A machine that runs again after the case was closed must not freeze what was freed.
    if (recall.status === 'closed')
      return {
        ...{ epoch: 0, frozen: { traced: 0, late: 0 }, late: [] },
        ...{ counts: recall.counts!, fingerprint: recall.fingerprint! },
      }
    const shards = recall.shards ?? 1
    const traced = (await ports.scope.nodes(recallId, shards)).map(({ id }) => id)
    const known = new Set(traced)
    let { epoch } = await ports.freezer.freeze(recallId, traced.map(numberOf))
    for (;;) {
      const { nodes, parties, counts, fingerprint } = await traceScope(recall.seeds, ports, excludedFrom(recall))
      const news = nodes.filter(({ id }) => !known.has(id))
      if (news.length > 0) await ports.scope.write(recallId, shards, news, parties)
      for (const { id } of news) known.add(id)
      const flip = await ports.freezer.freeze(
        recallId,
        news.map(({ id }) => numberOf(id)),
      )
      // What is made from frozen nodes is born frozen: it may go on coming, and needs no further flip.
      if (flip.marked === 0) {
        const late = [...known].slice(traced.length)
        return { epoch, frozen: { traced: traced.length, late: late.length }, late, counts, fingerprint }
      }
      epoch = flip.epoch
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
      performed: found,
      then: ['RecallFrozen'],
    },
    {
      name: 'a machine that runs again finds it frozen',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: found,
      then: [],
    },
  ],
})
