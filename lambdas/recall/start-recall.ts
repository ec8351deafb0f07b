import * as z from 'zod'
import { RecallNoticesApproved } from '#domain/approval'
import { Recall, RecallEvidenceGrown, RecallExclusionAdded, RecallExtended, RecallOpened } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary:
    'Start the recall state machine for each opened recall, each change of what is suspect and each approval of notices.',
  on: [RecallOpened, RecallExtended, RecallEvidenceGrown, RecallExclusionAdded, RecallNoticesApproved],
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [],
  refuses: {},
  uses: ['workflow'],
  perform: ({ recall }, { recallId }, { workflow }) => {
    const turn = recall.changes + recall.approvals.length
    return workflow.start('recall', turn === 0 ? recallId : `${recallId}-${turn}`, { recallId })
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
