import { Recall, RecallClosed } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Free what a drill had frozen once it is closed; what a real recall froze stays frozen.',
  on: [RecallClosed],
  input: RecallClosed.schema,
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['freezer'],
  perform: async (_, { recallId, drill }, { freezer }) => {
    if (drill) await freezer.lift(recallId)
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
