import * as z from 'zod'
import { entity } from '#kit'
import { type Metric, MetricCode } from './device-kind.ts'
import { wordsOf } from './finding-words.ts'
import { type Finding, isDue, MetricWatch } from './prediction.ts'
import { Instant, Reason } from './values.ts'

/** What a metric showed when maintenance was proposed. */
const Shown = z.object({
  metric: MetricCode,
  side: z.enum(['up', 'down']),
  /** Since when it is not as usual, by device time. */
  since: Instant,
  usual: z.number(),
  level: z.number(),
  limit: z.number().optional(),
  /** When it meets its limit if it goes on like this, with the bounds of 90 %; open where it may never. */
  limitAt: z.object({ expected: Instant, earliest: Instant, latest: Instant.optional() }).optional(),
  /** How sure the trend is, 0.5 to 1. */
  sureness: z.number(),
  /** The same in words. */
  why: z.object({ en: z.string(), zh: z.string() }),
})

/** A proposal to maintain a device before it fails; a person settles it. */
export const MaintenanceProposal = entity('maintenance-proposal', {
  area: 'iot',
  prefix: 'mpr',
  state: Shown.extend({
    deviceId: z.string(),
    siteId: z.string(),
    proposedAt: Instant,
    status: z.enum(['open', 'done', 'dismissed']),
    settledAt: Instant.optional(),
  }),
  example: {
    deviceId: 'dev_00000000000000000000000001',
    siteId: 'sit_00000000000000000000000001',
    metric: 'vibration',
    side: 'up',
    since: '2026-02-20T08:00:00.000Z',
    usual: 2,
    level: 4.5,
    limit: 7.1,
    limitAt: { expected: '2026-03-09T08:00:00.000Z', earliest: '2026-03-07T08:00:00.000Z' },
    sureness: 0.999,
    why: {
      en: 'vibration is above what is usual for this device since 2026-02-20: 4.5 mm/s instead of 2 mm/s.',
      zh: '自 2026-02-20 起，vibration 高于该设备的正常水平：现为 4.5 mm/s，正常为 2 mm/s。',
    },
    proposedAt: '2026-03-02T07:00:00.000Z',
    status: 'open',
  },
  worklist: ({ status }) => status,
  group: ({ deviceId }) => deviceId,
})

export type MaintenanceProposalState = z.infer<typeof MaintenanceProposal.schema>

export const MaintenanceProposed = MaintenanceProposal.born(
  'MaintenanceProposed',
  Shown.extend({
    maintenanceProposalId: MaintenanceProposal.id,
    deviceId: z.string(),
    siteId: z.string(),
    proposedAt: Instant,
  }),
  ({ maintenanceProposalId: _, ...state }) => ({ ...state, status: 'open' as const }),
)

/** The maintenance was done, or none was needed; either way what the metric shows from now on is learned anew. */
export const MaintenanceProposalSettled = MaintenanceProposal.fact(
  'MaintenanceProposalSettled',
  z.object({
    maintenanceProposalId: MaintenanceProposal.id,
    status: z.enum(['done', 'dismissed']),
    settledAt: Instant,
    settledBy: z.string(),
    reason: Reason,
  }),
  ({ id: _, ...state }, { status, settledAt }) => ({ ...state, status, settledAt }),
)

/** A metric is watched for at most this long. */
const watchedMs = 60 * 86_400_000
const hourMs = 3_600_000

/** Since when a metric is watched: since its last proposal was settled; not at all while one is open. */
export function watchedSince(
  proposals: readonly MaintenanceProposalState[],
  metric: string,
  now: string,
): string | undefined {
  const mine = proposals.filter((one) => one.metric === metric)
  if (mine.some(({ status }) => status === 'open')) return undefined
  const earliest = new Date(Date.parse(now) - watchedMs).toISOString()
  return [earliest, ...mine.map(({ settledAt = '' }) => settledAt)].sort().at(-1)
}

/** A metric of a device by hour, and what moves it when nothing is wrong. */
export interface Hourly {
  readonly values: readonly { readonly at: string; readonly mean: number }[]
  readonly drivers: readonly { readonly at: string; readonly mean: number }[]
}

/** A metric that was watched up to its last hour. */
export interface Watched {
  readonly watch: MetricWatch
  /** ISO 8601 UTC; absent where there are no values. */
  readonly until: string | undefined
}

/** Watches the hours of a metric. */
export function watched(metric: Metric, { values, drivers }: Hourly): Watched {
  const watch = new MetricWatch(metric)
  const driverAt = new Map(drivers.map(({ at, mean }) => [at, mean]))
  for (const { at, mean } of values)
    watch.take({ hour: Date.parse(at) / hourMs, value: mean, driver: driverAt.get(at) })
  return { watch, until: values.at(-1)?.at }
}

/** What a metric shows at its last hour; nothing while it is as usual. */
const findingAt = ({ watch, until }: Watched): Finding | undefined =>
  until === undefined ? undefined : watch.finding(Date.parse(until) / hourMs)

/** What the hours of a metric show at their end; nothing while it is as usual. */
export const findingOf = (metric: Metric, hourly: Hourly): Finding | undefined => findingAt(watched(metric, hourly))

/** What the hours of a device's metrics show at their end, where it is reason enough to propose maintenance. */
export function dueOf(all: readonly Watched[]): z.infer<typeof Shown>[] {
  return all.flatMap((one) => {
    const finding = findingAt(one)
    const others = all.filter((other) => other !== one).map(({ watch }) => watch)
    return finding && isDue(finding, others) ? [shownOf(finding, Date.parse(one.until!))] : []
  })
}

function shownOf(finding: Finding, nowMs: number): z.infer<typeof Shown> {
  const { metric, side, since, usual, level, limit, left, sureness } = finding
  const after = (hours: number) => new Date(nowMs + Math.round(hours * hourMs)).toISOString()
  return {
    ...{ metric, side, usual, level, limit, sureness, since: new Date(since * hourMs).toISOString() },
    limitAt: left && {
      expected: after(left.hours),
      earliest: after(left.earliest),
      latest: left.latest === undefined ? undefined : after(left.latest),
    },
    why: wordsOf(finding),
  }
}
