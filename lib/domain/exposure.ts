import * as z from 'zod'
import { entity, type Loaded } from '#kit'
import { MetricName, metrics } from './telemetry.ts'
import { Instant, type StorageRange } from './values.ts'

const Limits = z.object({
  min: z.number().optional(),
  max: z.number().optional(),
  /** How far back inside a value must be to end the exposure, so that noise at a limit makes one interval. */
  margin: z.number(),
})

type Limits = z.infer<typeof Limits>

/** An interval in which a place was outside its range, by device time; intervals of one sensor may overlap. */
export const Exposure = entity('exposure', {
  area: 'iot',
  prefix: 'exp',
  state: z.object({
    deviceId: z.string(),
    siteId: z.string(),
    /** Where the device was when it began. */
    locationId: z.string().optional(),
    metric: MetricName,
    /** The limits that held when it began; they judge it to its end. */
    limits: Limits,
    start: Instant,
    /** The first reading back inside. */
    end: Instant.optional(),
    /** The value farthest outside. */
    peak: z.number(),
    peakAt: Instant,
  }),
  example: {
    deviceId: 'dev_00000000000000000000000001',
    siteId: 'sit_00000000000000000000000001',
    locationId: 'loc_00000000000000000000000001',
    metric: 'temperatureC',
    limits: { min: 2, max: 8, margin: 0.5 },
    start: '2026-03-02T07:00:00.000Z',
    peak: 9.5,
    peakAt: '2026-03-02T07:00:00.000Z',
  },
  worklist: ({ end }) => (end ? 'closed' : 'open'),
  group: ({ deviceId }) => deviceId,
})

export type ExposureState = Loaded<z.infer<typeof Exposure.schema>>

export const ExposureOpened = Exposure.born(
  'ExposureOpened',
  Exposure.schema.omit({ end: true }).extend({ exposureId: Exposure.id }),
  ({ exposureId: _, ...state }) => state,
)

/** Not kept: the closing carries the peak. */
export const ExposureDeepened = Exposure.fact(
  'ExposureDeepened',
  z.object({ exposureId: Exposure.id, peak: z.number(), peakAt: Instant }),
  ({ id: _, ...state }, { peak, peakAt }) => ({ ...state, peak, peakAt }),
  { kept: false },
)

export const ExposureClosed = Exposure.fact(
  'ExposureClosed',
  z.object({
    exposureId: Exposure.id,
    deviceId: z.string(),
    locationId: z.string().optional(),
    start: Instant,
    end: Instant,
    peak: z.number(),
    peakAt: Instant,
  }),
  ({ id: _, ...state }, { end }) => ({ ...state, end }),
)

type ExposureFact = ReturnType<typeof ExposureOpened | typeof ExposureDeepened | typeof ExposureClosed>

/** The limits that a storage range sets for a metric, if it sets any. */
export function limitsOf(metric: MetricName, range: z.infer<typeof StorageRange> = {}): Limits | undefined {
  const [low, high] = metrics[metric].range
  const [min, max] = [range[low], range[high]]
  if (min === undefined && max === undefined) return undefined
  // In a narrow range the usual margin would leave no value that ends an exposure.
  const width = min === undefined || max === undefined ? Number.POSITIVE_INFINITY : max - min
  return { min, max, margin: Math.min(metrics[metric].margin, width / 4) }
}

const below = (value: number, { min }: Limits) => (min === undefined ? 0 : min - value)
const above = (value: number, { max }: Limits) => (max === undefined ? 0 : value - max)

/** How far a value is outside the limits; 0 inside. */
export const excess = (value: number, limits: Limits) => Math.max(below(value, limits), above(value, limits), 0)

const isBack = (value: number, limits: Limits) =>
  (limits.min === undefined || value >= limits.min + limits.margin) &&
  (limits.max === undefined || value <= limits.max - limits.margin)

interface Point {
  readonly at: string
  readonly value: number
}

/** A closed exposure, as short as a device remembers it. */
export const Span = z.object({ metric: MetricName, start: Instant, end: Instant, peak: z.number() })
export type Span = z.infer<typeof Span>

/** What a device knows of one metric when readings arrive. */
interface Watch {
  readonly device: { readonly id: string; readonly siteId: string; readonly locationId?: string | undefined }
  readonly metric: MetricName
  /** The limits that hold now. */
  readonly limits: Limits | undefined
  readonly open: ExposureState | undefined
  readonly closed: readonly Span[]
  /** Device time of the latest reading so far. */
  readonly until: string | undefined
}

export interface Judged {
  readonly facts: readonly ExposureFact[]
  /** The exposures that the facts made or changed, as they are now. */
  readonly exposures: readonly ExposureState[]
}

/** One message closes at most this many exposures of a metric, so that it fits one transaction: what flaps more is one long exposure. */
const closingsAMessage = 8

/**
 * Opens, deepens and closes exposures. Readings in order make exact intervals. A late one never ends an exposure;
 * one that was outside where no interval says so gets an interval of its own. So the intervals cover every reading
 * that was outside, however often and in whatever order it arrives.
 */
export function judge(watch: Watch, points: readonly Point[], newId: () => string): Judged {
  const course = new Course(watch, newId)
  const ordered = points.toSorted((a, b) => (a.at < b.at ? -1 : 1))
  const { until = '' } = watch
  const late = ordered.filter(({ at }) => at <= until)
  const open = judgeLate(watch, late, course)
  judgeInOrder({ ...watch, open }, ordered.slice(late.length), course)
  return { facts: course.facts, exposures: [...course.exposures.values()] }
}

function judgeInOrder({ limits, open }: Watch, points: readonly Point[], course: Course): void {
  let current = open
  let closings = 0
  for (const point of points) {
    if (current && closings < closingsAMessage && isBack(point.value, current.limits)) {
      course.close(current, point.at)
      current = undefined
      closings += 1
    } else if (current) current = course.deepen(current, point)
    else if (limits && excess(point.value, limits) > 0) current = course.open(limits, point)
  }
}

/** Gives the open exposure back as it is then; what no interval covers is one closed exposure from first to last. */
function judgeLate(watch: Watch, points: readonly Point[], course: Course): ExposureState | undefined {
  const { limits } = watch
  let { open } = watch
  const missed: Point[] = []
  for (const point of points) {
    if (open && point.at >= open.start) open = course.deepen(open, point)
    else if (limits && excess(point.value, limits) > 0 && !watch.closed.some((span) => covers(span, watch, point)))
      missed.push(point)
  }
  const [first, ...more] = missed
  if (limits && first) {
    const found = more.reduce((exposure, point) => course.deepen(exposure, point), course.open(limits, first))
    course.close(found, missed.at(-1)!.at)
  }
  return open
}

const covers = (span: Span, { metric, limits }: Watch, { at, value }: Point) =>
  span.metric === metric &&
  span.start <= at &&
  at <= span.end &&
  limits !== undefined &&
  excess(value, limits) <= excess(span.peak, limits)

/** What happens to the exposures of one metric while a message is judged. */
class Course {
  readonly facts: ExposureFact[] = []
  /** The exposures that the facts made or changed, as they are after them. */
  readonly exposures = new Map<string, ExposureState>()
  private readonly watch: Watch
  private readonly newId: () => string

  constructor(watch: Watch, newId: () => string) {
    this.watch = watch
    this.newId = newId
  }

  open(limits: Limits, { at, value }: Point): ExposureState {
    const { device, metric } = this.watch
    const where = { deviceId: device.id, siteId: device.siteId, locationId: device.locationId }
    const began = { metric, limits, start: at, peak: value, peakAt: at }
    return this.happen(undefined, ExposureOpened({ exposureId: this.newId(), ...where, ...began }))
  }

  deepen(exposure: ExposureState, { at, value }: Point): ExposureState {
    if (excess(value, exposure.limits) <= excess(exposure.peak, exposure.limits)) return exposure
    return this.happen(exposure, ExposureDeepened({ exposureId: exposure.id, peak: value, peakAt: at }))
  }

  close(exposure: ExposureState, end: string): void {
    const { id: exposureId, deviceId, locationId, start, peak, peakAt } = exposure
    this.happen(exposure, ExposureClosed({ exposureId, deviceId, locationId, start, end, peak, peakAt }))
  }

  private happen(before: ExposureState | undefined, fact: ExposureFact): ExposureState {
    const id = fact.data.exposureId
    const after = { ...(fact.of.apply(before, fact.data) as object), id } as ExposureState
    this.facts.push(fact)
    this.exposures.set(id, after)
    return after
  }
}
