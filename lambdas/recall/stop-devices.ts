import { Recall, RecallNotified } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Start the machine that asks connected units of a recall to lock themselves; a drill asks none.',
  on: [RecallNotified],
  input: RecallNotified.schema,
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['workflow'],
  perform: async ({ recall }, { recallId }, { workflow }) => {
    if (!recall.drill) await workflow.start('recall-devices', `${recallId}-${recall.toldPass}`, { recallId })
  },
  decide: () => [],
  examples: [
    {
      name: 'everybody is told',
      given: { recall: Recall.like({ status: 'notified', drill: true, toldPass: 1 }) },
      when: { recallId: Recall.sample(), notifiedAt: '2026-03-01T08:05:00.000Z', parties: 2 },
      then: [],
    },
  ],
})
