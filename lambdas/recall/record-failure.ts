import * as z from 'zod'
import { Recall, RecallStepFailed } from '#domain/recall'
import { task } from '#kit'

export const handler = task({
  summary: 'Write on the recall that a step gave up, so that people see it and act.',
  input: z.object({ recallId: Recall.id, error: z.object({ Error: z.string(), Cause: z.string().default('') }) }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallStepFailed],
  refuses: {},
  decide: (_, { recallId, error }) => RecallStepFailed({ recallId, error: error.Error, cause: error.Cause }),
  output: ({ recallId }) => ({ recallId }),
  examples: [
    {
      name: 'a step that gave up is written down',
      given: { recall: Recall.like({ status: 'scoped' }) },
      when: { recallId: Recall.sample(), error: { Error: 'States.Timeout', Cause: 'freeze took too long' } },
      then: ['RecallStepFailed'],
    },
  ],
})
