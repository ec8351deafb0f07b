import * as z from 'zod'
import { entity, refused, shared } from '#kit'
import { MetricCode } from './device-kind.ts'
import { WantedPart } from './service-order.ts'
import { Code, Country, Instant, Line, Reason } from './values.ts'

/** Every so many days. */
const Calendar = z.strictObject({ days: z.int().min(1).max(3650) })

/** After so many hours of use: hours in which the metric was above a value, or what it counts itself. */
const Usage = z.strictObject({
  metric: MetricCode,
  hours: z.number().positive().max(1e6),
  above: z.number().optional(),
})

/** When the hourly mean of a metric was beyond a value for so many hours on end. */
const Condition = z
  .strictObject({
    metric: MetricCode,
    above: z.number().optional(),
    below: z.number().optional(),
    hours: z.int().min(1).max(720),
  })
  .refine(({ above, below }) => (above === undefined) !== (below === undefined), 'must give "above" or "below"')

const planned = z.object({
  title: Line,
  deviceId: z.string().optional(),
  lotId: z.string().optional(),
  equipmentId: z.string().optional(),
  siteId: z.string().optional(),
  skill: Code.optional(),
  region: Country.optional(),
  wantedParts: z.array(WantedPart),
  calendar: Calendar.optional(),
  usage: Usage.optional(),
  condition: Condition.optional(),
  startsAt: Instant,
})

/** Service that is due again and again: by the calendar, by use, or by what the device measures; whichever comes first. */
export const ServicePlan = entity('service-plan', {
  area: 'service',
  prefix: 'svp',
  state: planned.extend({
    status: z.enum(['active', 'ended']),
    /** From when on days and hours of use count. */
    countsFrom: Instant,
  }),
  example: {
    title: 'Mixer 1: yearly service',
    equipmentId: 'eqp_00000000000000000000000001',
    wantedParts: [],
    calendar: { days: 365 },
    startsAt: '2026-01-01T00:00:00.000Z',
    status: 'active',
    countsFrom: '2026-01-01T00:00:00.000Z',
  },
  worklist: ({ status }) => status,
  group: ({ deviceId, lotId, equipmentId }) => deviceId ?? lotId ?? equipmentId,
})

export type ServicePlanState = z.infer<typeof ServicePlan.schema>

export const ServicePlanDefined = ServicePlan.born(
  'ServicePlanDefined',
  planned.extend({ servicePlanId: ServicePlan.id }),
  ({ servicePlanId: _, ...defined }) => ({ ...defined, status: 'active', countsFrom: defined.startsAt }),
)

/** Its service was done, or somebody decided that it was not needed; from then on it counts anew. */
export const ServicePlanMet = ServicePlan.fact(
  'ServicePlanMet',
  z.object({ servicePlanId: ServicePlan.id, serviceOrderId: z.string(), done: z.boolean(), at: Instant }),
  ({ id: _, ...plan }, { at }) => ({ ...plan, countsFrom: at }),
)

export const ServicePlanEnded = ServicePlan.fact(
  'ServicePlanEnded',
  z.object({ servicePlanId: ServicePlan.id, reason: Reason, by: z.string() }),
  ({ id: _, ...plan }) => ({ ...plan, status: 'ended' }),
)

/** What a device measured in an interval of a plan's time. */
export interface Bucket {
  readonly at: string
  readonly min: number
  readonly mean: number
  readonly max: number
}

/** What is needed to say whether a plan is due; absent where it does not ask for it. */
export interface Known {
  /** Since it counts, in intervals of so many hours. */
  readonly used?: { readonly buckets: readonly Bucket[]; readonly hours: number } | undefined
  /** The last hours, one by one. */
  readonly lately?: readonly Bucket[] | undefined
}

const dayMs = 86_400_000

/** Why a plan is due now, in words; undefined while it is not. */
export function dueBy(plan: ServicePlanState, { used, lately }: Known, now: string) {
  const { status, countsFrom, calendar, usage, condition } = plan
  if (status !== 'active' || now < countsFrom) return undefined
  const days = (Date.parse(now) - Date.parse(countsFrom)) / dayMs
  if (calendar && days >= calendar.days)
    return {
      en: `${calendar.days} days have passed since ${countsFrom.slice(0, 10)}.`,
      zh: `自 ${countsFrom.slice(0, 10)} 起已满 ${calendar.days} 天。`,
    }
  const hours = usage && used ? hoursUsed(usage.above, used) : 0
  if (usage && hours >= usage.hours)
    return {
      en: `In use for ${hours} hours since ${countsFrom.slice(0, 10)}; service is due after ${usage.hours}.`,
      zh: `自 ${countsFrom.slice(0, 10)} 起已使用 ${hours} 小时，满 ${usage.hours} 小时须服务。`,
    }
  if (!condition || !lately || lately.length < condition.hours) return undefined
  const { metric, above, below } = condition
  const beyond = lately
    .slice(-condition.hours)
    .every(({ mean }) => (above === undefined ? mean < below! : mean > above))
  if (!beyond) return undefined
  return {
    en: `${metric} was ${above === undefined ? `below ${below}` : `above ${above}`} for ${condition.hours} hours on end.`,
    zh: `${metric} 已连续 ${condition.hours} 小时${above === undefined ? `低于 ${below}` : `高于 ${above}`}。`,
  }
}

/** Hours above a value; without one, by how much a counter of hours rose. */
function hoursUsed(above: number | undefined, { buckets, hours }: NonNullable<Known['used']>): number {
  if (above !== undefined) return buckets.filter(({ mean }) => mean > above).length * hours
  const [first, last] = [buckets[0], buckets.at(-1)]
  return first && last ? Number((last.max - first.min).toFixed(3)) : 0
}

export const planRefusals = shared({
  'plan-without-device': refused(
    'Plan "{title}" goes by what a device measures, but names no device. Add "deviceId", or plan by the calendar.',
    '计划“{title}”依据终端测量值，但未指明终端。请填写 “deviceId”，或改为按日历计划。',
  ),
})
