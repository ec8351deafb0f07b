import * as z from 'zod'
import { closedAlready, Recall, RecallReconciliationAsked, recallRefusals } from '#domain/recall'
import { command } from '#kit'

export const handler = command({
  summary: 'Have every lot and consignee of a recall accounted for; the case then shows what is open.',
  route: 'POST /recalls/{recallId}/reconciliations',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallReconciliationAsked],
  refuses: recallRefusals,
  decide: ({ recall }, { recallId }, { now, actor }) =>
    closedAlready(recall) ?? RecallReconciliationAsked({ recallId, by: actor.sub, at: now }),
  examples: [
    {
      name: 'everybody has answered',
      given: { recall: Recall.like({ status: 'notified', shards: 512 }) },
      when: { recallId: Recall.sample() },
      then: ['RecallReconciliationAsked'],
    },
  ],
})
