import * as z from 'zod'
import { entity } from '#kit'
import { type Metric, MetricCode } from './device-kind.ts'
import { ageWords, wordsOf } from './finding-words.ts'
import { type Finding, isDue, MetricWatch } from './prediction.ts'
import { Instant, Reason } from './values.ts'
import { horizonHours, isWornOut, type Wear } from './wear.ts'

/** Stands for the metric where age alone is the reason. */
export const ageMetric = 'age'

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
  /** How sure the trend is, 0.5 to 1; by age, the chance of a failure. */
  sureness: z.number(),
  /** What its age says, judged by the lives of its kind: the part likeliest to fail. */
  wear: z
    .object({
      itemId: z.string().optional(),
      by: z.enum(['use', 'calendar']),
      ageHours: z.number(),
      /** Weibull: above 1 it wears out, at 1 it fails by chance. */
      shape: z.number(),
      scaleHours: z.number(),
      failures: z.int(),
      lives: z.int(),
      devices: z.int(),
      /** That it fails within 30 days, with the bounds of 90 %. */
      chance: z.object({ chance: z.number(), low: z.number(), high: z.number() }),
    })
    .optional(),
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

/** Whether its age was judged already since the life began that goes on, or something is proposed anyway. */
export const ageIsSettled = (proposals: readonly MaintenanceProposalState[], { since }: Pick<Wear, 'since'>): boolean =>
  proposals.some(
    ({ metric, status, settledAt = '' }) => status === 'open' || (metric === ageMetric && settledAt > (since ?? '')),
  )

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

/**
 * What the hours of a device's metrics show at their end, where it is reason enough to propose maintenance; and where
 * nothing is to be seen, that it is so old that a failure is as likely as not.
 */
export function dueOf(all: readonly Watched[], wear?: NamedWear, now?: string): z.infer<typeof Shown>[] {
  const seen = all.flatMap((one) => {
    const finding = findingAt(one)
    const others = all.filter((other) => other !== one).map(({ watch }) => watch)
    return finding && isDue(finding, others) ? [shownOf(finding, Date.parse(one.until!), wear)] : []
  })
  return seen.length > 0 || !wear || !now || !isWornOut(wear) ? seen : [agedOf(wear, now)]
}

/** Metrics that left what is usual and go to a limit, whether or not far enough for a proposal. */
export const suspectsOf = (all: readonly Watched[]): string[] =>
  all.flatMap((one) => {
    const finding = findingAt(one)
    return finding?.limit === undefined ? [] : [finding.metric]
  })

/** What its age says, with the code of the part's item for people. */
export interface NamedWear extends Wear {
  readonly item?: string | undefined
}

const shownWear = (wear: NamedWear): z.infer<typeof Shown>['wear'] => {
  const { itemId, by, age: ageHours, shape, scale: scaleHours, failures, lives, devices, chance } = wear
  return { itemId, by, ageHours, shape, scaleHours, failures, lives, devices, chance }
}

const after = (ms: number, hours: number) => new Date(ms + Math.round(hours * hourMs)).toISOString()

function shownOf(finding: Finding, nowMs: number, wear: NamedWear | undefined): z.infer<typeof Shown> {
  const { metric, side, since, usual, level, limit, left, sureness } = finding
  const [shown, age] = [wordsOf(finding), wear && ageWords(wear, horizonHours)]
  return {
    ...{ metric, side, usual, level, limit, sureness, since: new Date(since * hourMs).toISOString() },
    limitAt: left && {
      expected: after(nowMs, left.hours),
      earliest: after(nowMs, left.earliest),
      latest: left.latest === undefined ? undefined : after(nowMs, left.latest),
    },
    wear: wear && shownWear(wear),
    why: age ? { en: `${shown.en} ${age.en}`, zh: `${shown.zh}${age.zh}` } : shown,
  }
}

function agedOf(wear: NamedWear, now: string): z.infer<typeof Shown> {
  const { age, since, left, chance, half } = wear
  const nowMs = Date.parse(now)
  return {
    ...{ metric: ageMetric, side: 'up', usual: half, level: age, sureness: chance.chance },
    since: since ?? after(nowMs, -age),
    limitAt: {
      expected: after(nowMs, left.hours),
      earliest: after(nowMs, left.earliest),
      latest: after(nowMs, left.latest),
    },
    ...{ wear: shownWear(wear), why: ageWords(wear, horizonHours) },
  }
}
