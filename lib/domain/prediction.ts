import { median } from 'simple-statistics'
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
  /** Part of the way from the last steady level to the limit that a metric must have gone. */
  readonly progress: number
  /** The same from the level after the last maintenance: many small steps are wear too. */
  readonly lasting: number
  /** Where another metric is beyond usual as well, by this many spreads, this part of the way is enough. */
  readonly together: number
  readonly another: number
}

export const settings: Settings = { sum: 20, mean: 1.5, progress: 0.4, lasting: 0.7, together: 0.25, another: 1.5 }

/** Observations from which a baseline is learned: a week of hours, so that each shift and the weekend are in it. */
const learned = 168
/** The level now is the median of so many observations: a spike or an hour of start-up does not move it. */
const levelCount = 24
/** Whether another metric bears it out is judged on the last two days, so that a warm afternoon does not. */
const witnessCount = 48
/**
 * A metric is steady where the medians of the thirds of so many observations are near each other: within these spreads,
 * and within this part of the way to its limits, as a wild metric hides a slope.
 */
const steadyCount = 336
const steadySpreads = 1.5
const steadyWay = 0.05
/** A trend is judged on the last two weeks: what was before tells little about wear that speeds up. */
const windowHours = 336
const trendSpans = 48
/** The least spread that counts, as a part of what is plausible for the metric: a still sensor is not infinitely exact. */
const leastSpread = 0.001

/** What is known about a metric that leaves what is usual for its device. */
export interface Finding extends Change {
  readonly metric: string
  readonly unit: string
  /** The last steady level, what it was after the last maintenance, and the level now, all at the usual driver. */
  readonly usual: number
  readonly first: number
  readonly level: number
  /** How many spreads the level is from usual. */
  readonly spreads: number
  /** Single values far from usual since the last maintenance. */
  readonly anomalies: number
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
  private readonly learning: Observation[] = []
  /** What was usual after the maintenance, and since the metric was last steady. */
  private first: Baseline | undefined
  private baseline: Baseline | undefined
  private drift: Drift = noDrift
  private taken = 0
  /** Values at the usual driver. */
  private recent: Point[] = []

  constructor(metric: Metric, wanted: Settings = settings) {
    this.metric = metric
    this.settings = wanted
  }

  take(observation: Observation): void {
    if (!this.baseline) {
      this.learning.push(observation)
      if (this.learning.length === learned)
        this.baseline = this.first = baselineOf(this.learning, leastSpread * (this.metric.max - this.metric.min))
      return
    }
    const { hour } = observation
    const deviation = deviationOf(this.baseline, observation)
    this.drift = step(this.drift, deviation, hour)
    this.recent.push({ hour, value: this.baseline.centre + deviation * this.baseline.spread })
    this.taken += 1
    if (this.taken % levelCount === 0) this.settle(this.baseline)
    // Now and then, for a shift of a long list costs as much as the list is long.
    if (this.recent.length > 2 * steadyCount) this.recent = this.recent.slice(-steadyCount)
  }

  /** Takes a level that has long been steady for usual: the season goes, a sensor was touched, a new product is made. */
  private settle(baseline: Baseline): void {
    if (this.recent.length < steadyCount) return
    const third = steadyCount / 3
    const medians = [3, 2, 1].map((thirds) => {
      const begin = this.recent.length - thirds * third
      return levelOf(this.recent.slice(begin, begin + third))
    })
    const { max = Number.POSITIVE_INFINITY, min = Number.NEGATIVE_INFINITY } = this.metric.alarm ?? {}
    const way = Math.min(Math.abs(max - baseline.centre), Math.abs(baseline.centre - min))
    const near = Math.min(steadySpreads * baseline.spread, steadyWay * way)
    if (Math.max(...medians) - Math.min(...medians) >= near) return
    this.baseline = { ...baseline, centre: medians[1]! }
    this.drift = { ...noDrift, anomalies: this.drift.anomalies }
  }

  /** How many spreads the metric is beyond usual, towards where its limit is; 0 while it is learned. */
  excess(): number {
    if (!this.baseline || this.recent.length === 0) return 0
    const { centre, spread } = this.baseline
    const beyond = (levelOf(this.recent.slice(-witnessCount)) - centre) / spread
    const { min, max } = this.metric.alarm ?? {}
    if (max === undefined) return min === undefined ? 0 : -beyond
    return min === undefined ? beyond : Math.abs(beyond)
  }

  /** What there is to say at an hour; nothing while the metric is as usual. */
  finding(hour: number): Finding | undefined {
    const change = changeOf(this.drift, this.settings)
    if (!change || !this.baseline || !this.first) return undefined
    const { code: metric, unit, alarm } = this.metric
    const { centre: usual, spread } = this.baseline
    const begin = Math.max(change.since, hour - windowHours)
    const trend = trendOf(
      condense(
        this.recent.filter((point) => point.hour >= begin),
        trendSpans,
      ),
    )
    const level = levelOf(this.recent.slice(-levelCount))
    const limit = change.side === 'up' ? alarm?.max : alarm?.min
    return {
      ...{ metric, unit, ...change, usual, first: this.first.centre, level, spreads: (level - usual) / spread, limit },
      ...{ anomalies: this.drift.anomalies, sureness: trend?.sureness ?? 0.5 },
      left: leftOf(change, level, trend, hour, limit),
    }
  }
}

const levelOf = (points: readonly Point[]) => median(points.map(({ value }) => value))

function leftOf({ side }: Change, level: number, trend: Trend | undefined, hour: number, limit: number | undefined) {
  if (limit === undefined) return undefined
  if (side === 'up' ? level >= limit : level <= limit) return { hours: 0, earliest: 0, latest: 0 }
  return trend && trend.slope > 0 === (side === 'up') ? timeLeft(trend, hour, limit) : undefined
}

/** Whether a finding is reason enough to propose maintenance; `others` are the other metrics of the device. */
export function isDue(
  { usual, first, level, limit, left }: Finding,
  others: readonly MetricWatch[] = [],
  least: Settings = settings,
): boolean {
  if (limit === undefined) return false
  if (left?.hours === 0) return true
  const gone = (from: number) => (level - from) / (limit - from)
  const isBorneOut = () => others.some((other) => other.excess() >= least.another)
  const enough = gone(usual) >= least.together && isBorneOut() ? least.together : least.progress
  return gone(usual) >= enough || gone(first) >= least.lasting
}
