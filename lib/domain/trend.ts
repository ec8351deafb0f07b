import { cumulativeStdNormalProbability, median, probit, quantileSorted } from 'simple-statistics'

/** A number at a time; hours count from any fixed begin. */
export interface Point {
  readonly hour: number
  readonly value: number
}

/** A straight line that outliers do not bend: Theil and Sen's, the median of the slopes between all pairs. */
export interface Trend {
  /** Change an hour. */
  readonly slope: number
  /** Bounds of the slope at the confidence asked for (Sen 1968). */
  readonly low: number
  readonly high: number
  /** Value of the line at hour 0. */
  readonly intercept: number
  /** How sure it is that the slope has this sign, 0.5 to 1 (Mann and Kendall's test). */
  readonly sureness: number
}

/** Fewer points than this show no trend. */
const fewest = 8

/** The trend of points, in any order; undefined where they are too few or all of one time. */
export function trendOf(points: readonly Point[], confidence = 0.9): Trend | undefined {
  const n = points.length
  if (n < fewest) return undefined
  const { slopes, rises } = slopesOf(points)
  if (slopes.length === 0) return undefined
  const slope = quantileSorted(slopes, 0.5)
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
  // Ranks of the bounds among the sorted slopes.
  const reach = probit((1 + confidence) / 2) * deviation
  const at = (rank: number) => slopes[Math.min(Math.max(Math.round(rank), 0), slopes.length - 1)]!
  return {
    slope,
    low: at((slopes.length - reach) / 2 - 1),
    high: at((slopes.length + reach) / 2),
    intercept: median(points.map(({ hour, value }) => value - slope * hour)),
    sureness: cumulativeStdNormalProbability(Math.max(Math.abs(rises) - 1, 0) / deviation),
  }
}

/** Slopes between all pairs, least first, and how many more pairs rise than fall. */
function slopesOf(points: readonly Point[]) {
  const slopes: number[] = []
  let rises = 0
  for (const [index, { hour, value }] of points.entries())
    for (let other = index + 1; other < points.length; other += 1) {
      const apart = points[other]!.hour - hour
      if (apart === 0) continue
      const slope = (points[other]!.value - value) / apart
      slopes.push(slope)
      rises += Math.sign(slope)
    }
  return { slopes: Float64Array.from(slopes).sort() as unknown as number[], rises }
}

/** Hours from now until a trend meets a limit. */
export interface TimeLeft {
  readonly hours: number
  /** Bounds at the confidence of the trend; the latest is open where the trend may be none. */
  readonly earliest: number
  readonly latest?: number | undefined
}

/** How long until a trend meets a limit; undefined where it goes the other way. */
export function timeLeft(trend: Trend, nowHour: number, limit: number): TimeLeft | undefined {
  const level = trend.intercept + trend.slope * nowHour
  const side = Math.sign(trend.slope)
  const way = (limit - level) * side
  if (side === 0) return undefined
  if (way <= 0) return { hours: 0, earliest: 0, latest: 0 }
  const [slow, fast] = [trend.low * side, trend.high * side].sort((a, b) => a - b) as [number, number]
  return {
    hours: way / Math.abs(trend.slope),
    earliest: way / fast,
    latest: slow > 0 ? way / slow : undefined,
  }
}

/** The medians of so many equal spans of time, each at the middle of its points: fewer points, and less noise. */
export function condense(points: readonly Point[], spans: number): Point[] {
  if (points.length <= spans) return [...points]
  const [first, last] = [points[0]!.hour, points.at(-1)!.hour]
  const width = (last - first) / spans || 1
  const groups = new Map<number, Point[]>()
  for (const point of points) {
    const key = Math.min(Math.floor((point.hour - first) / width), spans - 1)
    const group = groups.get(key)
    if (group) group.push(point)
    else groups.set(key, [point])
  }
  return [...groups.values()].map((group) => ({
    hour: median(group.map(({ hour }) => hour)),
    value: median(group.map(({ value }) => value)),
  }))
}
