import * as z from 'zod'
import type { Metric } from './device-kind.ts'
import { Instant, StorageRange } from './values.ts'

/** Limits of a metric at one place and time. */
export const Limits = z.object({
  min: z.number().optional(),
  max: z.number().optional(),
  /** How far back inside a value must be to end the exposure, so that noise at a limit makes one interval. */
  margin: z.number(),
})

export type Limits = z.infer<typeof Limits>

/** A place that a device watched, and what that place guaranteed when the device came. */
export const Place = z.object({ since: Instant, locationId: z.string().optional(), limits: StorageRange.optional() })

export type Place = z.infer<typeof Place>

/** A time outside the limits, as the readings show it. */
export interface Interval {
  readonly start: string
  /** The first reading back inside; absent while it lasts. */
  readonly end?: string | undefined
  /** The value farthest outside. */
  readonly peak: number
  readonly peakAt: string
  readonly limits: Limits
  readonly locationId?: string | undefined
}

export interface Point {
  readonly at: string
  readonly value: number
}

const sides = { temperature: ['minC', 'maxC'], humidity: ['minRh', 'maxRh'] } as const

/** The limits that a place sets for a metric, else those of the dictionary, if there are any. */
export function limitsOf({ range, alarm, margin }: Metric, { limits: storage = {} }: Pick<Place, 'limits'>) {
  const [low, high] = range ? sides[range] : []
  const [min, max] = [low && storage[low], high && storage[high]]
  const found = min === undefined && max === undefined ? alarm : { min, max }
  if (found?.min === undefined && found?.max === undefined) return undefined
  // In a narrow range the usual margin would leave no value that ends an exposure.
  const width = found.min === undefined || found.max === undefined ? Number.POSITIVE_INFINITY : found.max - found.min
  return { ...found, margin: Math.min(margin, width / 4) }
}

/** Where a device was at a time; before its first place it counts as there already. */
export const placeAt = (places: readonly Place[], at: string): Place =>
  places.findLast(({ since }) => since <= at) ?? places[0] ?? { since: at }

const below = (value: number, { min }: Limits) => (min === undefined ? 0 : min - value)
const above = (value: number, { max }: Limits) => (max === undefined ? 0 : value - max)

/** How far a value is outside the limits; 0 inside. */
export const excess = (value: number, limits: Limits) => Math.max(below(value, limits), above(value, limits), 0)

const isBack = (value: number, limits: Limits) =>
  (limits.min === undefined || value >= limits.min + limits.margin) &&
  (limits.max === undefined || value <= limits.max - limits.margin)

const deeper = (interval: Interval, { at, value }: Point): Interval =>
  excess(value, interval.limits) > excess(interval.peak, interval.limits)
    ? { ...interval, peak: value, peakAt: at }
    : interval

/** What a person said of a sensor that was lost: outside until then. It holds while no reading of that time comes. */
export const Stated = z.object({
  /** The last reading before. */
  after: Instant,
  /** When it was back inside. */
  end: Instant,
})

/** The intervals of a metric, and the first point that was left over when there were more than asked for. */
interface Judged {
  readonly intervals: readonly Interval[]
  readonly rest?: string | undefined
}

/**
 * The intervals that points in order of time show: each begins with the first value outside its limits, keeps those
 * limits, and ends with the first value back inside by the margin, or when the device goes to another place.
 * `open` is the interval in which the first point stands. Where a sensor was lost, what a person stated ends it.
 */
export function intervalsOf(
  metric: Metric,
  places: readonly Place[],
  points: readonly Point[],
  open: Interval | undefined,
  most: number,
  stated: readonly z.infer<typeof Stated>[] = [],
): Judged {
  const intervals: Interval[] = []
  let current = open
  let before = ''
  for (const point of points) {
    const lost = current && stated.find(({ after, end }) => after === before && end <= point.at)
    before = point.at
    if (current && lost) {
      intervals.push({ ...current, end: lost.end })
      current = undefined
    }
    const place = placeAt(places, point.at)
    if (current && current.locationId !== place.locationId) {
      intervals.push({ ...current, end: place.since })
      current = undefined
    }
    if (current && isBack(point.value, current.limits)) {
      intervals.push({ ...current, end: point.at })
      current = undefined
    } else if (current) current = deeper(current, point)
    else {
      const limits = limitsOf(metric, place)
      if (!limits || excess(point.value, limits) === 0) continue
      if (intervals.length >= most) return { intervals, rest: point.at }
      current = { start: point.at, peak: point.value, peakAt: point.at, limits, locationId: place.locationId }
    }
  }
  const last = current && { ...current, end: stated.find(({ after }) => after === before)?.end }
  return { intervals: last ? [...intervals, last] : intervals }
}
