import * as z from 'zod'
import { closedAlready, Recall, recallRefusals } from '#domain/recall'
import { RecallPlanned } from '#domain/recall-judgement'
import { Plan } from '#domain/recall-plan'
import { command } from '#kit'

export const handler = command({
  summary: 'Write down what a recall sets out to do: actions, measures, cause, publicity; reports say it from now on.',
  route: 'PUT /recalls/{recallId}/plan',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id, plan: Plan }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallPlanned],
  refuses: recallRefusals,
  decide: ({ recall }, input, { now, actor }) =>
    closedAlready(recall) ?? RecallPlanned({ ...input, by: actor.sub, at: now }),
  examples: [
    {
      name: 'pumps come back and are destroyed',
      given: { recall: Recall.like() },
      when: {
        recallId: Recall.sample(),
        plan: {
          ...{ kind: 'removal', userActions: ['identify', 'quarantine', 'return'], makerActions: ['removal'] },
          cause: { en: 'A seal was set at too low a pressure', zh: '密封压力设置过低' },
          completeBy: '2026-06-30',
        },
      },
      then: ['RecallPlanned'],
    },
  ],
})
