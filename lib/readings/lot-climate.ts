import { type Breach, borneOn, byTime, type Outside, type Range } from '#domain/borne'
import { DeviceStatus, type DeviceStatusState } from '#domain/device-status'
import { Exposure, type ExposureState } from '#domain/exposure'
import type { Point } from '#domain/intervals'
import { meanKineticC, type Warmth } from '#domain/kinetic'
import { endOf, type Leg, legsTo, Stay, type StayState } from '#domain/stay'
import { type Borne, mostOf, nothingBorne } from '#domain/thermal-budget'
import type { Found } from '#domain/thermal-record'
import { listAll, type Ports } from '#kit'
import { temperaturesOf, type Watcher, watchersOf } from './watchers.ts'

type Reading = Pick<Ports, 'table' | 'series'>

/** A lot whose climate is asked for, and how it is judged. */
export interface Judged {
  readonly lotId: string
  readonly range: Range | undefined
  /** Exposures that are known to concern it, besides those that its devices remember. */
  readonly exposureIds: readonly string[]
  /** Whether its mean kinetic temperature matters. */
  readonly kinetic: boolean
}

/** The mean kinetic temperature is that of the last 30 days, as USP <1079.2> evaluates excursions in storage. */
const kineticMs = 30 * 86_400_000
const hourMs = 3_600_000
/** Readings of one page of the series. */
const pageSize = 5000

/** Every stay of a lot, and of the lots that it was made of. */
async function staysOf(lotId: string, table: Ports['table']): Promise<StayState[]> {
  const stays: StayState[] = []
  const seen = new Set<string>()
  for (let left = [lotId]; left.length > 0; ) {
    for (const id of left) seen.add(id)
    const found = (await Promise.all(left.map((id) => listAll(table, 'group', Stay, id)))).flat()
    stays.push(...found.map(({ data }) => data as StayState))
    const sources = found.flatMap(({ data }) => (data as StayState).arrivals.map((one) => one.lotId))
    left = [...new Set(sources)].filter((id) => !seen.has(id))
  }
  return stays
}

interface Way {
  /** The parts of a lot, by the place where each is or was last, with the legs of its way there. */
  readonly parts: ReadonlyMap<string, readonly Leg[]>
  /** Lots that were made of it. */
  readonly into: readonly string[]
}

export async function wayOf(lotId: string, table: Ports['table']): Promise<Way> {
  const stays = await staysOf(lotId, table)
  const mine = stays.filter((one) => one.lotId === lotId)
  const here = mine.filter((one) => endOf(one) === undefined)
  const last = mine.toSorted((a, b) => ((endOf(a) ?? '') < (endOf(b) ?? '') ? -1 : 1)).slice(-1)
  const ends = here.length > 0 ? here : last
  return {
    parts: new Map(ends.map(({ place }) => [place, legsTo(stays, lotId, place)])),
    into: mine.flatMap(({ into = [] }) => into),
  }
}

/** What each of these lots bore until now: of all its parts that which bore most. What lots share is read once. */
export async function borneBy(lots: readonly Judged[], ports: Reading, now: string): Promise<Found[]> {
  const ways = await Promise.all(lots.map(({ lotId }) => wayOf(lotId, ports.table)))
  const legs = ways.flatMap(({ parts }) => [...parts.values()].flat())
  const since = firstOf(legs)
  const watchers = await watchersOf([...since.keys()], ports.table)
  const remembered = [...watchers].flatMap(([place, some]) =>
    some.flatMap(({ status }) =>
      status.recent.filter(({ end = '9999' }) => end > (since.get(place) ?? '')).map(({ id }) => id),
    ),
  )
  const outside = await outsideOf([...remembered, ...lots.flatMap(({ exposureIds }) => exposureIds)], ports, now)
  const warmer = onceEach((_: string, watcher: Watcher, from: string) => hoursOf(watcher, from, ports.series, now))
  return Promise.all(
    lots.map(async ({ range = {}, kinetic }, index) => {
      const found = await Promise.all(
        [...ways[index]!.parts.values()].map(async (legs) => {
          const { borne, breaches } = borneOn(legs, outside, range, now)
          const warm = kinetic ? await warmthOn(legs, watchers, warmer, now) : []
          return { borne: { ...borne, meanKineticC: toThousandth(meanKineticC(warm)) }, breaches }
        }),
      )
      return { ...worstOf(found), into: ways[index]!.into }
    }),
  )
}

/** When the first of these legs began at each place: what was over by then concerns none of them. */
function firstOf(legs: readonly Leg[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  for (const { place, from } of legs) if (from < (first.get(place) ?? '9999')) first.set(place, from)
  return first
}

const toThousandth = (value: number | undefined) => (value === undefined ? undefined : Number(value.toFixed(3)))

function worstOf(parts: readonly Omit<Found, 'into'>[]): Omit<Found, 'into'> {
  const borne = parts.reduce<Borne>((most, part) => mostOf(most, part.borne), nothingBorne)
  const groups = Map.groupBy(
    parts.flatMap(({ breaches }) => breaches),
    ({ exposureId }) => exposureId,
  )
  const longest = (a: Breach, b: Breach) => (b.minutesAbove + b.minutesBelow > a.minutesAbove + a.minutesBelow ? b : a)
  const breaches = [...groups.values()].map((same) => same.reduce(longest))
  return { borne, breaches: breaches.toSorted(byTime) }
}

/** These exposures as they are now, those of temperature, with the readings in them. */
async function outsideOf(ids: readonly string[], { table, series }: Reading, now: string): Promise<Outside[]> {
  const wanted = [...new Set(ids)].sort()
  const states = await table.states(wanted.map((id) => ({ entity: Exposure, id })))
  const all = states.flatMap((stored) => (stored ? [{ ...(stored.data as ExposureState), id: stored.id }] : []))
  const devices = [...new Set(all.map(({ deviceId }) => deviceId))]
  const statuses = await table.states(devices.map((id) => ({ entity: DeviceStatus, id })))
  const temperatures = new Map(
    statuses.map((stored, index) => [devices[index]!, stored ? temperaturesOf(stored.data as DeviceStatusState) : []]),
  )
  const some = all.filter(
    ({ withdrawn, locationId, deviceId, metric }) =>
      !withdrawn && locationId && temperatures.get(deviceId)?.includes(metric),
  )
  return Promise.all(
    some.map(async (one) => ({
      ...{ exposureId: one.id, deviceId: one.deviceId, place: one.locationId!, start: one.start, end: one.end },
      ...{ peak: one.peak, limits: one.limits },
      points: await pointsOf(one, series, one.end ?? now),
    })),
  )
}

async function pointsOf({ deviceId, metric, start }: ExposureState, series: Ports['series'], end: string) {
  const points: Point[] = []
  for (let from: string | undefined = start; from !== undefined && from < end; ) {
    const page: Awaited<ReturnType<typeof series.read>> = await series.read(deviceId, from, end, pageSize)
    for (const { at, measures } of page.samples)
      if (typeof measures[metric] === 'number') points.push({ at, value: measures[metric] })
    from = page.next
  }
  return points
}

type Hours = readonly { readonly at: number; readonly mean: number }[]

/** The hourly means of a device since a time. */
async function hoursOf({ status }: Watcher, from: string, series: Ports['series'], now: string): Promise<Hours> {
  const [metric] = temperaturesOf(status)
  if (metric === undefined || from >= now) return []
  const hours = await series.summarize(status.id, metric, from, now, hourMs / 1000)
  return hours.map(({ at, mean }) => ({ at: Date.parse(at), mean }))
}

/** The temperatures along the legs of the last 30 days, each for as long as it was borne; of two sensors the warmer counts. */
async function warmthOn(
  legs: readonly Leg[],
  watchers: ReadonlyMap<string, readonly Watcher[]>,
  hours: (key: string, watcher: Watcher, from: string) => Promise<Hours>,
  now: string,
): Promise<Warmth[]> {
  const nowMs = Date.parse(now)
  const since = new Date(Math.floor((nowMs - kineticMs) / hourMs) * hourMs).toISOString()
  const warmest = new Map<string, Warmth>()
  for (const { place, from, until } of legs)
    for (const watcher of watchers.get(place) ?? [])
      for (const { at, mean } of await hours(watcher.status.id, watcher, since))
        for (const time of watcher.times) {
          const begin = Math.max(at, Date.parse(from), time.from ? Date.parse(time.from) : at, nowMs - kineticMs)
          const end = Math.min(
            at + hourMs,
            nowMs,
            ...[until, time.until].flatMap((one) => (one ? [Date.parse(one)] : [])),
          )
          const known = warmest.get(`${place} ${begin}`)
          if (begin < end && !(known && known.celsius >= mean))
            warmest.set(`${place} ${begin}`, { celsius: mean, time: end - begin })
        }
  return [...warmest.values()]
}

/** Asks once for what is asked for by the same key. */
function onceEach<A extends readonly unknown[], T>(ask: (key: string, ...rest: A) => Promise<T>) {
  const asked = new Map<string, Promise<T>>()
  return (key: string, ...rest: A): Promise<T> => {
    const known = asked.get(key) ?? ask(key, ...rest)
    asked.set(key, known)
    return known
  }
}
