import { median, medianAbsoluteDeviation } from 'simple-statistics'
import { trendOf } from './trend.ts'

/** A measured value, and the value at that time of what moves it when nothing is wrong, e.g. the load. */
export interface Observation {
  readonly hour: number
  readonly value: number
  readonly driver?: number | undefined
}

/** What is usual for one metric of one device, learned after its last maintenance. */
export interface Baseline {
  readonly centre: number
  /** Standard deviation, estimated from the median absolute deviation. */
  readonly spread: number
  /** Change of the value with its driver. */
  readonly slope: number
  readonly driverCentre: number
}

/** The median absolute deviation of a normal distribution is this part of its standard deviation. */
const madOfNormal = 0.6745

/** Learns what is usual; up to half of the observations may be wrong. `floor` is the least spread worth a mention. */
export function baselineOf(observations: readonly Observation[], floor: number): Baseline {
  const drivers = observations.flatMap(({ driver }) => (driver === undefined ? [] : [driver]))
  const driverCentre = drivers.length > 0 ? median(drivers) : 0
  const byDriver = observations.map(({ driver = driverCentre, value }) => ({ hour: driver, value }))
  const slope = trendOf(byDriver)?.slope ?? 0
  const still = observations.map(({ value, driver = driverCentre }) => value - slope * (driver - driverCentre))
  const spread = Math.max(medianAbsoluteDeviation(still) / madOfNormal, floor)
  return { centre: median(still), spread, slope, driverCentre }
}

/** How far from usual a value is, in spreads. */
export const deviationOf = (baseline: Baseline, { value, driver = baseline.driverCentre }: Observation) =>
  (value - baseline.centre - baseline.slope * (driver - baseline.driverCentre)) / baseline.spread

/** One side's cumulative sum, and the hour since which it is above zero: its estimate of when the change began. */
interface Sum {
  readonly sum: number
  readonly since: number
}

/** State of the two control charts of one metric; small, and fed one deviation after the other. */
export interface Drift {
  readonly up: Sum
  readonly down: Sum
  /** Exponentially weighted mean of the deviations. */
  readonly mean: number
  /** Single values so far from usual that chance does not explain them. */
  readonly anomalies: number
}

export const noDrift: Drift = { up: { sum: 0, since: 0 }, down: { sum: 0, since: 0 }, mean: 0, anomalies: 0 }

/** Deviations beyond this are anomalies, and count in the charts as this: one spike is no drift. */
const anomalous = 5
/** CUSUM: what a deviation must exceed to add up, in spreads. */
const slack = 1
/** EWMA: weight of the newest deviation. */
const weight = 0.04
/** A sum is capped, so that a change that is over is seen to be over soon. */
const greatestSum = 60

/** What the charts must show before it counts as a change, both in spreads. */
export interface Decision {
  /** CUSUM: the least sum. */
  readonly sum: number
  /** EWMA: the least mean. */
  readonly mean: number
}

const added = ({ sum, since }: Sum, by: number, hour: number): Sum => {
  const next = Math.min(Math.max(sum + by - slack, 0), greatestSum)
  return { sum: next, since: sum === 0 ? hour : since }
}

/** Takes one deviation into both charts. */
export function step(drift: Drift, deviation: number, hour: number): Drift {
  const clipped = Math.min(Math.max(deviation, -anomalous), anomalous)
  return {
    up: added(drift.up, clipped, hour),
    down: added(drift.down, -clipped, hour),
    mean: drift.mean + weight * (clipped - drift.mean),
    anomalies: drift.anomalies + (Math.abs(deviation) > anomalous ? 1 : 0),
  }
}

/** A metric that left what is usual. */
export interface Change {
  readonly side: 'up' | 'down'
  /** The hour since which it is so. */
  readonly since: number
}

/** Where both charts agree that a metric left what is usual. */
export function changeOf({ up, down, mean }: Drift, least: Decision): Change | undefined {
  if (up.sum > least.sum && mean > least.mean) return { side: 'up', since: up.since }
  if (down.sum > least.sum && mean < -least.mean) return { side: 'down', since: down.since }
  return undefined
}
