import { isFreezable, Recall, RecallClosed } from '#domain/recall'
import { traceScope } from '#genealogy'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Free what a drill had frozen once it is closed; what a real recall froze stays frozen.',
  on: [RecallClosed],
  input: RecallClosed.schema,
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['genealogy', 'scope', 'freezer', 'table'],
  perform: async ({ recall }, { recallId, drill }, ports) => {
    if (!drill) return
    const scoped = await ports.scope.nodes(recallId, recall.shards ?? 1)
    await ports.freezer.lift(recallId, scoped.map(({ id }) => id).filter(isFreezable))
    // Descendants born frozen since: they cannot grow any more once their parents are free.
    const born = await traceScope(recall.seeds, ports)
    await ports.freezer.lift(recallId, born.nodes.map(({ id }) => id).filter(isFreezable))
  },
  decide: () => [],
  examples: [
    {
      name: 'a closed drill frees its lots',
      given: { recall: Recall.like({ status: 'closed', shards: 1 }) },
      when: {
        recallId: Recall.sample(),
        conclusion: 'All found in two minutes',
        closedAt: '2026-03-01T09:00:00.000Z',
        drill: true,
        unexplained: 0,
      },
      then: [],
    },
  ],
})
