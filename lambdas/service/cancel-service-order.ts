import * as z from 'zod'
import { ServiceOrder, ServiceOrderCancelled, serviceOrderEnded, serviceOrderRefusals } from '#domain/service-order'
import { ServicePlan, ServicePlanMet } from '#domain/service-plan'
import { Reason } from '#domain/values'
import { command } from '#kit'

const when = { serviceOrderId: ServiceOrder.sample(), reason: 'The ward found the cause itself' }

export const handler = command({
  summary: 'Cancel a service order whose work is not needed.',
  route: 'POST /service-orders/{serviceOrderId}/cancellation',
  roles: ['service', 'quality'],
  input: z.strictObject({ serviceOrderId: ServiceOrder.id, reason: Reason }),
  reads: { order: ServiceOrder.at('serviceOrderId'), plan: ServicePlan.of('order.planId').optional() },
  emits: [ServiceOrderCancelled, ServicePlanMet],
  refuses: serviceOrderRefusals,
  decide: ({ order, plan }, input, { now, actor }) =>
    serviceOrderEnded(order) ?? [
      ServiceOrderCancelled({ ...input, by: actor.sub, endedAt: now }),
      ...(plan ? [ServicePlanMet({ servicePlanId: plan.id, serviceOrderId: order.id, done: false, at: now })] : []),
    ],
  examples: [
    {
      name: 'planned service is not needed this time',
      given: { order: ServiceOrder.like({ planId: ServicePlan.sample() }), plan: ServicePlan.like() },
      when: { ...when, reason: 'The mixer stood still all year' },
      then: ['ServiceOrderCancelled', 'ServicePlanMet'],
    },
    { name: 'nothing was broken', given: { order: ServiceOrder.like() }, when, then: ['ServiceOrderCancelled'] },
    {
      name: 'what is done cannot be cancelled',
      given: { order: ServiceOrder.like({ status: 'done', endedAt: '2026-03-02T08:00:00.000Z' }) },
      when,
      then: { refused: 'service-order-ended' },
    },
  ],
})
