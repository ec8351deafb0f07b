import * as z from 'zod'
import { ServiceOrder, ServiceOrderOpened } from '#domain/service-order'
import { dueBy, type Known, ServicePlan, type ServicePlanState } from '#domain/service-plan'
import { listAll, type Ports, reaction } from '#kit'
import { lastHours } from '#readings'

/** One run opens at most this many orders; the next run opens the rest. */
const most = 20
const hourMs = 3_600_000
/** An answer of the series has at most this many intervals. */
const mostIntervals = 5000

/** What the device of a plan measured, as far as the plan asks for it. */
async function known(
  { deviceId, usage, condition, countsFrom }: ServicePlanState,
  series: Ports['series'],
  now: string,
): Promise<Known> {
  if (!deviceId) return {}
  const age = (Date.parse(now) - Date.parse(countsFrom)) / hourMs
  const hours = Math.max(1, Math.ceil(age / mostIntervals))
  const since = (hours: number) => new Date(Date.parse(now) - hours * hourMs).toISOString()
  return {
    used: usage && {
      hours,
      buckets: countsFrom < now ? await series.summarize(deviceId, usage.metric, countsFrom, now, hours * 3600) : [],
    },
    lately: condition && (await series.summarize(deviceId, condition.metric, since(condition.hours), now, 3600)),
  }
}

const { title, equipmentId } = ServicePlan.like()

export const handler = reaction({
  summary: 'Open the service orders that are due by their plans: each plan has one open at a time.',
  on: { everyMinutes: 60 },
  input: z.object({}),
  reads: {},
  emits: [ServiceOrderOpened],
  refuses: {},
  uses: ['table', 'series'],
  perform: async (_, __, { table, series }, { now }) => {
    const due = []
    for (const { id: planId, data } of await listAll(table, 'worklist', ServicePlan, 'active')) {
      const plan = data as ServicePlanState
      if (await table.owner(ServiceOrder, 'plan', planId)) continue
      const why = dueBy(plan, await known(plan, series, now), now)
      if (!why) continue
      const { title, deviceId, lotId, equipmentId, siteId, skill, region, wantedParts } = plan
      const told = await lastHours(deviceId, { table, series }, now)
      due.push({ ...{ planId, why, title, deviceId, lotId, equipmentId, siteId, skill, region, wantedParts }, ...told })
      if (due.length === most) break
    }
    return due
  },
  decide: (_, __, { now, newId }, due) =>
    due.map(({ why, ...order }) =>
      ServiceOrderOpened({
        ...order,
        serviceOrderId: newId(ServiceOrder),
        cause: { kind: 'plan', reference: order.planId, at: now, why },
        ...{ openedAt: now, openedBy: 'lotline' },
      }),
    ),
  examples: [
    {
      name: 'the mixer is due',
      given: {},
      when: {},
      performed: [
        {
          ...{ planId: ServicePlan.sample(), title, equipmentId, wantedParts: [], diagnosis: [] },
          why: { en: '365 days have passed.', zh: '已满 365 天。' },
        },
      ],
      then: ['ServiceOrderOpened'],
    },
    { name: 'nothing is due', given: {}, when: {}, performed: [], then: [] },
  ],
})
