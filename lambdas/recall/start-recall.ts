import { RecallOpened } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Start the recall state machine once for each opened recall.',
  on: [RecallOpened],
  input: RecallOpened.schema,
  reads: {},
  emits: [],
  refuses: {},
  uses: ['workflow'],
  perform: (_, { recallId }, { workflow }) => workflow.start('recall', recallId, { recallId }),
  decide: () => [],
  examples: [
    {
      name: 'an opened recall starts its machine',
      given: {},
      when: {
        recallId: 'rcl_00000000000000000000000001',
        title: 'Drill',
        reason: 'Yearly recall drill',
        drill: true,
        seeds: ['lot_00000000000000000000000001'],
        openedAt: '2026-03-01T08:00:00.000Z',
      },
      then: [],
    },
  ],
})
