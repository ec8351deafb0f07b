import * as z from 'zod'
import { type Entity, entity, type Loaded } from '#kit'
import { cover, Span as Stretch } from './coverage.ts'
import { Dictionary, type Metric, MetricCode } from './device-kind.ts'
import { Exposure, type ExposureFact, type ExposureState, reconcile } from './exposure.ts'
import { excess, type Interval, intervalsOf, limitsOf, Place, type Point, placeAt, Stated } from './intervals.ts'
import { Silence, SilenceEnded } from './silence.ts'
import type { Telemetry } from './telemetry.ts'
import { Instant } from './values.ts'

const deviceId = z.string().regex(/^dev_[0-9A-HJKMNP-TV-Z]{26}$/, 'must be a device id (dev_...)')
const Latest = z.object({ at: Instant, value: z.union([z.number(), z.string()]) })

/** An exposure, as short as a device remembers it. */
const Span = z.object({ id: z.string(), metric: MetricCode, start: Instant, end: Instant.optional() })

/** A device remembers this many places, exposures and messages. */
const [placesKept, spansKept, messagesKept, statedKept] = [16, 24, 8, 8]
/** Exposures that ended longer ago than this before the newest reading are forgotten: readings that old are refused. */
const spanLifeMs = 8 * 86_400_000

/** Of a device that has not said anything yet. */
const nothingHeard = {
  ...{ latest: {}, seen: [], aliases: {}, heard: {} },
  ...{ silences: 0, harmless: 0, open: [], recent: [] },
}

/**
 * What a device reported last, and all that its messages are judged by, so that taking one in reads and writes one
 * item. It changes with each message and leaves no ledger; the dictionary and the places are copies whose history
 * stands in the device.
 */
export const DeviceStatus = entity('device-status', {
  area: 'iot',
  prefix: 'dev',
  state: z.object({
    siteId: z.string(),
    dictionary: Dictionary,
    /** Where it was and is, oldest first. */
    places: z.array(Place),
    /** Latest value of each code by device time. */
    latest: z.record(z.string(), Latest),
    /** When its last message was received. */
    lastSeenAt: Instant.optional(),
    /** Of the message with the latest value. */
    bootId: z.string().optional(),
    sequence: z.int().optional(),
    /** Messages taken in last, by boot, sequence and first time: what is here came twice. */
    seen: z.array(z.string()),
    /** Codes by Sparkplug alias. */
    aliases: z.record(z.string(), z.string()),
    /** Ids of its open exposures. */
    open: z.array(z.string()),
    /** When it told limited metrics without a gap, in seconds since 1970, as far back as readings may still come. */
    heard: z.record(z.string(), z.array(Stretch)).default({}),
    /** Silences that ended for good. */
    silences: z.int().default(0),
    /** Readings that came late and change no exposure: who judges again sees whether there were more meanwhile. */
    harmless: z.int().default(0),
    /** Its last exposures, open ones too: readings that come late may change them. */
    recent: z.array(Span),
    /** Ends of exposures that people stated while it was lost. */
    stated: z.array(Stated.extend({ metric: MetricCode })).optional(),
  }),
  example: {
    siteId: 'sit_00000000000000000000000001',
    dictionary: {
      metrics: [
        { code: 'temperatureC', unit: '°C', min: -100, max: 150, range: 'temperature', margin: 0.5 },
        { code: 'humidityPct', unit: '%', min: 0, max: 100, range: 'humidity', margin: 2 },
      ],
      texts: [],
    },
    places: [
      {
        since: '2026-03-01T08:00:00.000Z',
        locationId: 'loc_00000000000000000000000001',
        limits: { minC: 2, maxC: 8 },
      },
    ],
    ...nothingHeard,
  },
})

export type DeviceStatusState = z.infer<typeof DeviceStatus.schema>
type Status = Loaded<DeviceStatusState>

export const DeviceStatusOpened = DeviceStatus.born(
  'DeviceStatusOpened',
  z.object({ deviceStatusId: deviceId, siteId: z.string(), dictionary: Dictionary, place: Place }),
  ({ siteId, dictionary, place }) => ({ siteId, dictionary, places: [place], ...nothingHeard }),
)

/** The device went to another place, or the range of its place changed; the ledger of the device says so. */
export const DeviceStatusPlaced = DeviceStatus.fact(
  'DeviceStatusPlaced',
  z.object({ deviceStatusId: deviceId, place: Place }),
  ({ id: _, ...status }, { place }) => ({ ...status, places: [...status.places, place].slice(-placesKept) }),
  { kept: false },
)

/** A revision of its kind was applied; the ledger of the device says so. */
export const DeviceStatusTaught = DeviceStatus.fact(
  'DeviceStatusTaught',
  z.object({ deviceStatusId: deviceId, dictionary: Dictionary }),
  ({ id: _, ...status }, { dictionary }) => ({ ...status, dictionary }),
  { kept: false },
)

/** Not kept: at one message a minute a ledger would hold half a million facts a device and year. */
export const DeviceReported = DeviceStatus.fact(
  'DeviceReported',
  DeviceStatus.schema.omit({ siteId: true, dictionary: true, places: true }).extend({ deviceStatusId: deviceId }),
  ({ id: _, ...status }, { deviceStatusId: __, ...reported }) => ({ ...status, ...reported }),
  { kept: false },
)

/** Readings came that are older than others of the device; what was judged from then on is judged again. */
export const ReadingsCameLate = DeviceStatus.fact(
  'ReadingsCameLate',
  z.object({ deviceStatusId: deviceId, from: Instant }),
  ({ id: _, ...status }) => status,
)

/** A person said when an exposure ended while the sensor was lost; the ledger of the exposure says so. */
export const DeviceStatusEndStated = DeviceStatus.fact(
  'DeviceStatusEndStated',
  Stated.extend({ deviceStatusId: deviceId, exposureId: z.string(), metric: MetricCode }),
  ({ id: _, ...status }, { exposureId, metric, after, end }) => ({
    ...status,
    open: status.open.filter((id) => id !== exposureId),
    recent: status.recent.map((span) => (span.id === exposureId ? { ...span, end } : span)),
    stated: [...(status.stated ?? []), { metric, after, end }].slice(-statedKept),
  }),
  { kept: false },
)

export type StatusFact = ExposureFact | ReturnType<typeof DeviceReported | typeof ReadingsCameLate>

/** One transaction records at most this many exposures; where there are more, the rest is judged as late. */
const mostExposures = 20

/** One transaction records at most this many silences; what is left comes with the next message. */
const mostSilences = 4

/** What was heard so far, and silences that no reading can fill any more: readings that old are refused. */
function hear(status: Status, latest: DeviceStatusState['latest'], messages: readonly Telemetry[]) {
  const silences: { deviceId: string; metric: string; from: string; until: string }[] = []
  const heard = { ...status.heard }
  for (const metric of status.dictionary.metrics.filter((one) => isLimited(one, status.places))) {
    const { code, silentAfterMinutes = 30 } = metric
    const times = pointsOf(messages, code).map(({ at }) => Math.floor(Date.parse(at) / 1000))
    if (times.length === 0) continue
    const now = Math.floor(Date.parse(newestTime(latest)) / 1000)
    const found = cover(
      heard[code] ?? [],
      times,
      silentAfterMinutes * 60,
      now - spanLifeMs / 1000,
      mostSilences - silences.length,
    )
    heard[code] = found.heard
    for (const { from, until } of found.ended) silences.push({ deviceId: status.id, metric: code, from, until })
  }
  return { heard, silences }
}

/** What follows from sound messages of a device: its exposures and its new status; nothing when they hold no news. */
export function report(
  status: Status,
  open: readonly ExposureState[],
  messages: readonly Telemetry[],
  newId: (of: Entity) => string,
): (StatusFact | ReturnType<typeof SilenceEnded>)[] {
  const receivedAt = new Date(Math.max(...messages.map(({ receivedMs }) => receivedMs))).toISOString()
  const isLater = receivedAt > (status.lastSeenAt ?? '')
  const fresh = unseen(status.seen, messages)
  if (fresh.length === 0 && !isLater) return []

  const judged = judgeInOrder(status, open, fresh, () => newId(Exposure))
  const latest = latestOf(status.latest, fresh)
  const newest = newestOf(status, latest, fresh)
  const { heard, silences } = hear(status, latest, fresh)
  const reported = DeviceReported({
    ...{ deviceStatusId: status.id, latest, ...newest, ...remembered(status, latest, judged.exposures) },
    heard,
    silences: status.silences + silences.length,
    harmless: status.harmless + judged.harmless,
    lastSeenAt: isLater ? receivedAt : status.lastSeenAt,
    seen: [...status.seen, ...fresh.map(signatureOf)].slice(-messagesKept),
    aliases: Object.assign({}, status.aliases, ...fresh.map(({ aliases }) => aliases)),
  })
  const late =
    judged.lateFrom === undefined ? [] : [ReadingsCameLate({ deviceStatusId: status.id, from: judged.lateFrom })]
  return [
    ...judged.facts,
    reported,
    ...late,
    ...silences.map((one) => SilenceEnded({ silenceId: newId(Silence), ...one })),
  ]
}

/** Short, as the status is written with every message and billed by the kilobyte. */
const signatureOf = ({ bootId, sequence, readings }: Telemetry) =>
  `${bootId}#${sequence}#${Date.parse(readings[0]?.at ?? '').toString(36)}`

function unseen(seen: readonly string[], messages: readonly Telemetry[]): Telemetry[] {
  const known = new Set(seen)
  return messages.filter((message) => {
    const signature = signatureOf(message)
    return !known.has(signature) && known.add(signature)
  })
}

interface Judged {
  readonly facts: readonly ExposureFact[]
  /** The exposures that the facts made or changed, as they are after them. */
  readonly exposures: readonly ExposureState[]
  /** From when on there is something left to judge. */
  readonly lateFrom?: string | undefined
  /** Late readings that change nothing. */
  readonly harmless: number
}

/** Judges what is newer than all before; the first time of what is late and may matter, or is too much at once, is left. */
function judgeInOrder(
  status: Status,
  open: readonly ExposureState[],
  messages: readonly Telemetry[],
  newId: () => string,
): Judged {
  const facts: ExposureFact[] = []
  const exposures: ExposureState[] = []
  const left: string[] = []
  let harmless = 0
  for (const metric of status.dictionary.metrics) {
    const until = status.latest[metric.code]?.at ?? ''
    const points = pointsOf(messages, metric.code)
    const inOrder = points.filter(({ at }) => at > until)
    const late = points.filter(({ at }) => at < until)
    const first = late.find((point) => mayMatter(status, metric, point))
    if (first) left.push(first.at)
    else harmless += late.length
    const mine = open.filter((one) => one.metric === metric.code)
    // A lost sensor tells more of the time for which a person spoke: all of that is judged again.
    const [next] = inOrder
    if (next && statedOf(status, metric).some(({ after, end }) => after === until && next.at < end)) {
      left.push(next.at)
      continue
    }
    const most = mostExposures - exposures.length
    const { intervals, rest } = intervalsOf(metric, status.places, inOrder, mine[0], most)
    if (rest) left.push(rest)
    const judged = reconcile(watcherOf(status, metric), mine, intervals, newId)
    facts.push(...judged.facts)
    exposures.push(...judged.exposures)
  }
  return { facts, exposures, lateFrom: left.sort()[0], harmless }
}

/** Whether a late reading may change an exposure: it is outside, or one covers its time, or they are forgotten. */
function mayMatter({ places, recent }: Status, metric: Metric, { at, value }: Point): boolean {
  const limits = limitsOf(metric, placeAt(places, at))
  if (limits && excess(value, limits) > 0) return true
  const isForgotten = recent.length >= spansKept && at < recent[0]!.start
  return isForgotten || recent.some((span) => span.metric === metric.code && covers(span, at))
}

const watcherOf = ({ id, siteId }: Status, { code }: Metric) => ({ deviceId: id, siteId, metric: code })

const statedOf = ({ stated = [] }: Pick<Status, 'stated'>, { code }: Metric) =>
  stated.filter(({ metric }) => metric === code)

const isLimited = (metric: Metric, places: readonly Place[]) =>
  places.some((place) => limitsOf(metric, place) !== undefined)

/** The values of a metric in order of time, one an instant. */
function pointsOf(messages: readonly Pick<Telemetry, 'readings'>[], code: string): Point[] {
  const points = new Map<string, Point>()
  for (const { readings } of messages)
    for (const { at, values } of readings) {
      const value = values[code]
      if (typeof value === 'number' && !points.has(at)) points.set(at, { at, value })
    }
  return [...points.values()].sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** The latest value of each code by device time. */
function latestOf(known: DeviceStatusState['latest'], messages: readonly Telemetry[]): DeviceStatusState['latest'] {
  const latest = { ...known }
  for (const { readings } of messages)
    for (const { at, values } of readings)
      for (const [code, value] of Object.entries(values))
        if (at > (latest[code]?.at ?? '')) latest[code] = { at, value }
  return latest
}

const newestTime = (latest: DeviceStatusState['latest']) =>
  Object.values(latest)
    .map(({ at }) => at)
    .sort()
    .at(-1) ?? ''

/** Boot and sequence of the message with the newest reading of all. */
function newestOf(status: Status, latest: DeviceStatusState['latest'], messages: readonly Telemetry[]) {
  const at = newestTime(latest)
  const message =
    at > newestTime(status.latest)
      ? messages.find(({ readings }) => readings.some((reading) => reading.at === at))
      : undefined
  const { bootId, sequence } = message ?? status
  return { bootId, sequence }
}

/** Which exposures a device remembers after some of them changed. */
function remembered(status: Status, latest: DeviceStatusState['latest'], changed: readonly ExposureState[]) {
  const others = status.recent.filter(({ id }) => !changed.some((one) => one.id === id))
  const mine = changed
    .filter(({ withdrawn }) => !withdrawn)
    .map(({ id, metric, start, end }) => ({ id, metric, start, end }))
  const now = newestTime(latest)
  const since = now === '' ? '' : new Date(Date.parse(now) - spanLifeMs).toISOString()
  const all = [...others, ...mine].filter(({ end = '9999' }) => end >= since)
  const recent = all.sort((a, b) => (a.start < b.start ? -1 : 1)).slice(-spansKept)
  return { recent, open: recent.filter(({ end }) => !end).map(({ id }) => id) }
}

/** Readings that are judged again: of each metric the time from which, and all readings since then. */
export interface Again {
  readonly from: Readonly<Record<string, string>>
  readonly readings: Telemetry['readings']
  /** Count of harmless late readings before the readings were read. */
  readonly harmless: number
}

/** From when on each metric must be judged again: where an exposure covers that time, from its start. */
export function judgedAgainFrom(status: DeviceStatusState, from: string): Again['from'] {
  return Object.fromEntries(
    status.dictionary.metrics.map(({ code }) => {
      const covering = status.recent.find((span) => span.metric === code && covers(span, from))
      return [code, covering?.start ?? from]
    }),
  )
}

const covers = ({ start, end = '9999' }: { start: string; end?: string | undefined }, at: string) =>
  start < at && at < end

/**
 * Judges readings again from a time on, when some of them came late: the exposures become those that would be there
 * had every reading come in order. Throws where the device reported in between what the readings do not show.
 */
export function judgeAgain(
  status: Status,
  recent: readonly ExposureState[],
  { deviceStatusId, from }: { readonly deviceStatusId: string; readonly from: string },
  again: Again,
  newId: () => string,
): StatusFact[] {
  const facts: ExposureFact[] = []
  const exposures: ExposureState[] = []
  const left: string[] = []
  for (const metric of status.dictionary.metrics) {
    const since = judgedAgainFrom(status, from)[metric.code]!
    const until = status.latest[metric.code]?.at ?? ''
    if (since < again.from[metric.code]!) throw new ChangedMeanwhile(deviceStatusId)
    const points = pointsOf([again], metric.code).filter(({ at }) => since <= at && at <= until)
    const last = points.at(-1)
    if (!last || !isLimited(metric, status.places)) continue

    const most = mostExposures - exposures.length
    const mine = recent.filter((one) => one.metric === metric.code && (one.end ?? '9999') > since)
    const { intervals, rest } = intervalsOf(
      ...([metric, status.places, points, openAt(since, mine, points), most, statedOf(status, metric)] as const),
    )
    if (rest) left.push(rest)
    const known = mine.filter(({ start }) => (rest ? start < rest : start <= last.at))
    const whole = rest ? intervals : continued(intervals, known, last.at, until)
    if (!whole) throw new ChangedMeanwhile(deviceStatusId)
    const made = reconcile(watcherOf(status, metric), known, whole, newId)
    facts.push(...made.facts)
    if (made.facts.length > 0) exposures.push(...made.exposures)
  }
  // One that changed nothing then may lie in what is an exposure now.
  if (again.harmless !== status.harmless) left.push(from)
  if (facts.length === 0 && left.length === 0) return []
  const { id: _, siteId: __, dictionary: ___, places: ____, ...reported } = status
  return [
    ...facts,
    DeviceReported({ deviceStatusId, ...reported, ...remembered(status, status.latest, exposures) }),
    ...left
      .sort()
      .slice(0, 1)
      .map((rest) => ReadingsCameLate({ deviceStatusId, from: rest })),
  ]
}

class ChangedMeanwhile extends Error {
  constructor(deviceId: string) {
    super(`Device ${deviceId} reported while its readings were judged again; the next attempt sees both.`)
  }
}

/** The exposure that covers a time, as it was at its start: with its own limits, but no deeper than it began. */
function openAt(since: string, recorded: readonly ExposureState[], points: readonly Point[]): Interval | undefined {
  const covering = recorded.find(({ start }) => start === since)
  if (!covering) return undefined
  const { start, peak, limits, locationId } = covering
  return { start, peak: points.find(({ at }) => at === since)?.value ?? peak, peakAt: start, limits, locationId }
}

/**
 * What was judged up to `at`, joined with what is recorded after it: undefined where the two differ at that time,
 * although the device reported more since.
 */
function continued(
  judged: readonly Interval[],
  recorded: readonly ExposureState[],
  at: string,
  until: string,
): readonly Interval[] | undefined {
  if (at === until) return judged
  const now = judged.find(({ end }) => !end)
  const then = recorded.find((one) => (one.end ?? '9999') > at)
  if (!now || !then) return now || then ? undefined : judged
  const deeper = then.peakAt > at && excess(then.peak, now.limits) > excess(now.peak, now.limits) ? then : now
  return judged.map((one) => (one === now ? { ...now, end: then.end, peak: deeper.peak, peakAt: deeper.peakAt } : one))
}
