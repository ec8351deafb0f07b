import * as z from 'zod'
import { Recall, RecallExclusionAdded, RecallExtended, RecallOpened } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary:
    'Start the recall state machine once for each opened recall, and once more for each change of what is suspect.',
  on: [RecallOpened, RecallExtended, RecallExclusionAdded],
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['workflow'],
  perform: ({ recall }, { recallId }, { workflow }) => {
    const { changes } = recall
    return workflow.start('recall', changes === 0 ? recallId : `${recallId}-${changes}`, { recallId })
  },
  decide: () => [],
  examples: [
    {
      name: 'an opened recall starts its machine',
      given: { recall: Recall.like() },
      when: { recallId: Recall.sample() },
      then: [],
    },
  ],
})
