import * as z from 'zod'
import { entity, type Loaded } from '#kit'
import { MetricCode } from './device-kind.ts'
import { excess, type Interval, Limits } from './intervals.ts'
import { Instant, Reason } from './values.ts'

/** When it was, and how bad. */
const Course = z.object({
  start: Instant,
  /** The first reading back inside. */
  end: Instant.optional(),
  /** The value farthest outside. */
  peak: z.number(),
  peakAt: Instant,
})

/** An interval in which a device's place was outside its range, by device time. */
export const Exposure = entity('exposure', {
  area: 'iot',
  prefix: 'exp',
  state: Course.extend({
    deviceId: z.string(),
    siteId: z.string(),
    /** Where the device was when it began. */
    locationId: z.string().optional(),
    metric: MetricCode,
    /** The limits that held when it began; they judge it to its end. */
    limits: Limits,
    /** Who said when it ended, and why, where the sensor was lost. */
    stated: z.object({ by: z.string(), reason: Reason }).optional(),
    /** Readings that came late showed that it was none, or part of another. */
    withdrawn: z.literal(true).optional(),
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
  worklist: ({ end, withdrawn }) => (withdrawn ? 'withdrawn' : end ? 'closed' : 'open'),
  group: ({ deviceId }) => deviceId,
  under: ({ deviceId }) => deviceId,
})

export type ExposureState = Loaded<z.infer<typeof Exposure.schema>>

export const ExposureOpened = Exposure.born(
  'ExposureOpened',
  Exposure.schema.omit({ end: true, withdrawn: true }).extend({ exposureId: Exposure.id }),
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
  Course.extend({ exposureId: Exposure.id, deviceId: z.string(), locationId: z.string().optional(), end: Instant }),
  ({ id: _, ...state }, { end }) => ({ ...state, end }),
)

/** A person said when it ended, as the sensor was lost; readings of that time, should they come, say it better. */
export const ExposureEndStated = Exposure.fact(
  'ExposureEndStated',
  Course.extend({
    exposureId: Exposure.id,
    deviceId: z.string(),
    locationId: z.string().optional(),
    end: Instant,
    reason: Reason,
    by: z.string(),
  }),
  ({ id: _, ...state }, { end, reason, by }) => ({ ...state, end, stated: { by, reason } }),
)

/** Readings that came late changed what was recorded; `before` is what it was taken for until then. */
export const ExposureRevised = Exposure.fact(
  'ExposureRevised',
  Course.extend({
    exposureId: Exposure.id,
    deviceId: z.string(),
    locationId: z.string().optional(),
    limits: Limits,
    before: Course,
  }),
  ({ id: _, end: was, stated, ...state }, { start, end, peak, peakAt, locationId, limits }) => ({
    ...state,
    ...(end === was ? { stated } : {}),
    ...{ start, end, peak, peakAt, locationId, limits },
  }),
)

export const ExposureWithdrawn = Exposure.fact(
  'ExposureWithdrawn',
  z.object({ exposureId: Exposure.id, deviceId: z.string(), locationId: z.string().optional(), before: Course }),
  ({ id: _, ...state }) => ({ ...state, withdrawn: true as const }),
)

/** Every fact that judging readings may bring about. */
export const exposureFacts = [
  ExposureOpened,
  ExposureDeepened,
  ExposureClosed,
  ExposureRevised,
  ExposureWithdrawn,
] as const

export type ExposureFact = ReturnType<(typeof exposureFacts)[number]>

/** Whose readings they are. */
export interface Watcher {
  readonly deviceId: string
  readonly siteId: string
  readonly metric: string
}

/** The facts that turn the exposures of one metric as recorded into these intervals, and the exposures after them. */
export function reconcile(
  watcher: Watcher,
  recorded: readonly ExposureState[],
  intervals: readonly Interval[],
  newId: () => string,
): { readonly facts: ExposureFact[]; readonly exposures: ExposureState[] } {
  const left = new Set(recorded)
  const take = (fits: (one: ExposureState) => boolean) => {
    const found = [...left].find(fits)
    if (found) left.delete(found)
    return found
  }
  const sameStart = intervals.map(({ start }) => take((one) => one.start === start))
  const pairs = intervals.map((interval, index) => ({
    interval,
    known: sameStart[index] ?? take((one) => overlap(one, interval)),
  }))
  const facts = [
    ...pairs.flatMap(({ interval, known }) => (known ? changes(known, interval) : births(watcher, interval, newId()))),
    ...[...left].map((one) => ExposureWithdrawn({ ...aboutOf(one), before: courseOf(one) })),
  ]
  return { facts, exposures: after(recorded, facts) }
}

const ended = ({ end = '9999' }: Pick<Interval, 'end'>) => end

const overlap = (a: Pick<Interval, 'start' | 'end'>, b: Pick<Interval, 'start' | 'end'>) =>
  a.start < ended(b) && b.start < ended(a)

const aboutOf = ({ id: exposureId, deviceId, locationId }: ExposureState) => ({ exposureId, deviceId, locationId })
const courseOf = ({ start, end, peak, peakAt }: Interval) => ({ start, end, peak, peakAt })

function births({ deviceId, siteId, metric }: Watcher, interval: Interval, exposureId: string): ExposureFact[] {
  const { start, end, peak, peakAt, limits, locationId } = interval
  const opened = ExposureOpened({ exposureId, deviceId, siteId, locationId, metric, limits, start, peak, peakAt })
  return end ? [opened, ExposureClosed({ exposureId, deviceId, locationId, start, end, peak, peakAt })] : [opened]
}

/** What goes on is deepened and closed; what readings that came late show otherwise is revised, and says so. */
function changes(known: ExposureState, interval: Interval): ExposureFact[] {
  const { start, end, peak, peakAt } = interval
  const [same, deepened] = [known.peak === peak && known.peakAt === peakAt, peakAt > known.peakAt]
  if (known.start === start && known.end === end && same) return []
  const goesOn = known.start === start && !known.end && (same || deepened)
  const worse = excess(peak, known.limits) > excess(known.peak, known.limits)
  if (!goesOn || !(same || worse))
    return [
      ExposureRevised({
        ...aboutOf(known),
        ...courseOf(interval),
        ...{ locationId: interval.locationId, limits: interval.limits, before: courseOf(known) },
      }),
    ]
  return [
    ...(same ? [] : [ExposureDeepened({ exposureId: known.id, peak, peakAt })]),
    ...(end ? [ExposureClosed({ ...aboutOf(known), start, end, peak, peakAt })] : []),
  ]
}

function after(recorded: readonly ExposureState[], facts: readonly ExposureFact[]): ExposureState[] {
  const states = new Map(recorded.map((one) => [one.id, one]))
  for (const fact of facts) {
    const id = fact.data.exposureId
    states.set(id, { ...(fact.of.apply(states.get(id), fact.data) as object), id } as ExposureState)
  }
  return [...states.values()]
}
