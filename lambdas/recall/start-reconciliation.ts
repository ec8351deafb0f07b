import { Recall, RecallReconciliationAsked } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Start the machine that accounts for a whole recall, once for each time somebody asks for it.',
  on: [RecallReconciliationAsked],
  input: RecallReconciliationAsked.schema,
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['workflow'],
  perform: (_, { recallId, at }, { workflow }) =>
    workflow.start('recall-close', `${recallId}-${Date.parse(at)}`, { recallId }),
  decide: () => [],
  examples: [
    {
      name: 'somebody wants to close',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), by: 'usr-1', at: '2026-03-01T10:00:00.000Z' },
      then: [],
    },
  ],
})
