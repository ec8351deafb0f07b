import * as z from 'zod'
import { closedAlready, Milestone, Recall, RecallMilestoneReached, recallRefusals } from '#domain/recall'
import { Instant, Reason } from '#domain/values'
import { command, invalid, refuse } from '#kit'

/** The case itself knows when these happen. */
const known = ['decided', 'initiated', 'extended'] as const

const incident = {
  recallId: Recall.sample(),
  milestone: 'serious-incident',
  at: '2020-01-31T08:00:00.000Z',
  note: 'Clinic in Graz reports a stopped infusion, patient unharmed',
} as const

export const handler = command({
  summary: 'Record what regulators count terms from: an incident that became known, a request, the end of the action.',
  route: 'POST /recalls/{recallId}/milestones',
  roles: ['quality', 'service'],
  input: z.strictObject({
    recallId: Recall.id,
    milestone: Milestone.exclude(known),
    /** When it became known to the company or happened. */
    at: Instant,
    note: Reason,
  }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallMilestoneReached],
  refuses: {
    ...recallRefusals,
    'milestone-in-future': invalid(
      'It is said to happen at {at}, which has not come yet. Record it when it has happened.',
      '所填时间 {at} 尚未到来。请在事件发生后再记录。',
    ),
  },
  decide: ({ recall }, input, { now, actor }) =>
    Date.parse(input.at) > Date.parse(now)
      ? refuse('milestone-in-future', { at: input.at })
      : (closedAlready(recall) ?? RecallMilestoneReached({ ...input, by: actor.sub })),
  examples: [
    {
      name: 'a serious incident became known',
      given: { recall: Recall.like({ status: 'notified' }) },
      when: incident,
      then: ['RecallMilestoneReached'],
    },
    {
      name: 'what has not happened is not recorded',
      given: { recall: Recall.like() },
      when: { ...incident, at: '2099-12-31T08:00:00.000Z' },
      then: { refused: 'milestone-in-future' },
    },
  ],
})
