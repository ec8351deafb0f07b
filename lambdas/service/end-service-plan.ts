import * as z from 'zod'
import { ServicePlan, ServicePlanEnded } from '#domain/service-plan'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

const when = { servicePlanId: ServicePlan.sample(), reason: 'The mixer was sold' }

export const handler = command({
  summary: 'End a service plan; an order that it opened stays open.',
  route: 'POST /service-plans/{servicePlanId}/end',
  roles: ['service', 'quality'],
  input: z.strictObject({ servicePlanId: ServicePlan.id, reason: Reason }),
  reads: { plan: ServicePlan.at('servicePlanId') },
  emits: [ServicePlanEnded],
  refuses: {
    'plan-ended': conflict(
      'Plan "{title}" was ended before. Nothing is left to do.',
      '计划“{title}”此前已结束，无需操作。',
    ),
  },
  decide: ({ plan: { title, status } }, input, { actor }) =>
    status === 'ended' ? refuse('plan-ended', { title }) : ServicePlanEnded({ ...input, by: actor.sub }),
  examples: [
    { name: 'the mixer is gone', given: { plan: ServicePlan.like() }, when, then: ['ServicePlanEnded'] },
    {
      name: 'it ends once',
      given: { plan: ServicePlan.like({ status: 'ended' }) },
      when,
      then: { refused: 'plan-ended' },
    },
  ],
})
