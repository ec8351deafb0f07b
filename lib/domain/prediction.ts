import type { Metric } from './device-kind.ts'
import {
  type Baseline,
  baselineOf,
  type Change,
  changeOf,
  type Decision,
  type Drift,
  deviationOf,
  noDrift,
  type Observation,
  step,
} from './drift.ts'
import { condense, type Point, type TimeLeft, type Trend, timeLeft, trendOf } from './trend.ts'

/** What a prediction needs before it speaks; tuned with `npm run bench:predict -- --tune`, on seeds that it never reports. */
export interface Settings extends Decision {
  /** A limit farther away than this many hours is no reason to act. */
  readonly horizonHours: number
  /** How sure the trend must be, 0.5 to 1. */
  readonly sureness: number
  /** A trend must have been seen for this many hours, lest a step looks like one, */
  readonly trendHours: number
  /** and must have gone this part of the way from usual to the limit: far guesses from small changes are mostly wrong. */
  readonly progress: number
  /** So many spreads from usual a lasting change is reason enough, whatever the limit: some parts fail below it. */
  readonly spreads: number
}

export const settings: Settings = {
  sum: 20,
  mean: 1.5,
  horizonHours: 720,
  sureness: 0.99,
  trendHours: 48,
  progress: 0.5,
  spreads: 20,
}

/** Observations from which a baseline is learned: a week of hours, so that each shift and the weekend are in it. */
const learned = 168
/** A trend is judged on the last two weeks: what was before tells little about wear that speeds up. */
const windowHours = 336
const trendSpans = 48
/** The least spread that counts, as a part of what is plausible for the metric: a still sensor is not infinitely exact. */
const leastSpread = 0.001

/** What is known about a metric that leaves what is usual for its device. */
export interface Finding extends Change {
  readonly metric: string
  readonly unit: string
  /** What is usual, and the level now, both at the usual driver. */
  readonly usual: number
  readonly level: number
  /** How many spreads the level is from usual. */
  readonly spreads: number
  /** Single values far from usual since the last maintenance. */
  readonly anomalies: number
  /** For how many hours the trend has been seen. */
  readonly trendHours: number
  /** The alarm limit that the trend goes to, and how long it takes; absent where there is no limit or no such trend. */
  readonly limit?: number | undefined
  readonly left?: TimeLeft | undefined
  /** How sure the trend is, 0.5 to 1; readings that depend on those before make it look surer than it is. */
  readonly sureness: number
}

/** Watches one metric of one device from a maintenance to the next; takes hourly values in order of time. */
export class MetricWatch {
  private readonly metric: Metric
  private readonly settings: Settings
  private readonly first: Observation[] = []
  private baseline: Baseline | undefined
  private drift: Drift = noDrift
  private recent: Point[] = []

  constructor(metric: Metric, wanted: Settings = settings) {
    this.metric = metric
    this.settings = wanted
  }

  take(observation: Observation): void {
    if (!this.baseline) {
      this.first.push(observation)
      if (this.first.length === learned)
        this.baseline = baselineOf(this.first, leastSpread * (this.metric.max - this.metric.min))
      return
    }
    const { hour } = observation
    const deviation = deviationOf(this.baseline, observation)
    this.drift = step(this.drift, deviation, hour)
    this.recent.push({ hour, value: this.baseline.centre + deviation * this.baseline.spread })
    // Now and then, for a shift of a long list costs as much as the list is long.
    if (this.recent.length > 2 * windowHours) this.recent = this.recent.slice(-windowHours)
  }

  /** What there is to say at an hour; nothing while the metric is as usual. */
  finding(hour: number): Finding | undefined {
    const change = changeOf(this.drift, this.settings)
    if (!change || !this.baseline) return undefined
    const { code: metric, unit, alarm } = this.metric
    const { centre: usual, spread } = this.baseline
    const begin = Math.max(change.since, hour - windowHours)
    const trend = trendOf(
      condense(
        this.recent.filter((point) => point.hour >= begin),
        trendSpans,
      ),
    )
    const level = trend ? trend.intercept + trend.slope * hour : usual + this.drift.mean * spread
    const limit = change.side === 'up' ? alarm?.max : alarm?.min
    return {
      ...{ metric, unit, ...change, trendHours: hour - begin, usual, level, spreads: (level - usual) / spread, limit },
      ...{
        anomalies: this.drift.anomalies,
        sureness: trend?.sureness ?? 0.5,
        left: leftOf(change, trend, hour, limit),
      },
    }
  }
}

function leftOf({ side }: Change, trend: Trend | undefined, hour: number, limit: number | undefined) {
  if (!trend || limit === undefined) return undefined
  const level = trend.intercept + trend.slope * hour
  if (side === 'up' ? level >= limit : level <= limit) return { hours: 0, earliest: 0, latest: 0 }
  return trend.slope > 0 === (side === 'up') ? timeLeft(trend, hour, limit) : undefined
}

/** Whether a finding is reason enough to propose maintenance. */
export function isDue(finding: Finding, least: Settings = settings): boolean {
  const { left, limit, usual, level, spreads, trendHours, sureness } = finding
  if (trendHours < least.trendHours) return false
  if (Math.abs(spreads) >= least.spreads || left?.hours === 0) return true
  if (left === undefined || limit === undefined) return false
  const progress = (level - usual) / (limit - usual)
  return left.hours <= least.horizonHours && progress >= least.progress && sureness >= least.sureness
}
