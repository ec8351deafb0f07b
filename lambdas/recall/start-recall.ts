import * as z from 'zod'
import { Recall, RecallExtended, RecallOpened } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Start the recall state machine once for each opened recall, and once more for each extension of it.',
  on: [RecallOpened, RecallExtended],
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['workflow'],
  perform: ({ recall }, { recallId }, { workflow }) => {
    const { length } = recall.extensions
    return workflow.start('recall', length === 0 ? recallId : `${recallId}-${length}`, { recallId })
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
