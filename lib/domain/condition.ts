import * as z from 'zod'
import { invalid, type Loaded, type Refusal, refuse, refused, shared } from '#kit'
import { silencesIn } from './coverage.ts'
import { Device } from './device.ts'
import { MetricCode } from './device-kind.ts'
import type { DeviceStatusState } from './device-status.ts'
import { Equipment } from './equipment.ts'
import type { ExposureState } from './exposure.ts'
import { excess, Limits, limitsOf } from './intervals.ts'
import type { SilenceState } from './silence.ts'
import { Instant } from './values.ts'

const asked = {
  equipmentId: Equipment.id,
  deviceId: Device.id.describe('The sensor, or the machine itself where it reports'),
  metric: MetricCode,
  min: z.number().optional(),
  max: z.number().optional(),
  from: Instant,
  until: Instant,
  clockErrorSeconds: z.int().min(0).max(86_400).default(120).describe('Each time out of range is longer by it'),
}

/** Equipment while a metric was outside a range: what it worked on then is suspect. */
export const Condition = z
  .strictObject(asked)
  .refine(({ from, until }) => Date.parse(from) < Date.parse(until), 'must end after it began')
  .refine(({ min, max }) => min !== undefined || max !== undefined, 'must say min, max or both')
  .refine(({ min = -Infinity, max = Infinity }) => min < max, 'min must be below max')

export type Condition = z.infer<typeof Condition>

/** A time that counts as outside the range, and why. */
const Suspect = z.object({
  from: Instant,
  until: Instant,
  /** Nothing was heard (`silent`), or no limits were set by which it could have been judged (`unjudged`). */
  cause: z.enum(['outside', 'silent', 'unjudged']),
  exposureId: z.string().optional(),
  peak: z.number().optional(),
  /** Limits by which it was judged then. */
  limits: Limits.optional(),
})

/** What was known of a condition when it was made the reason of a recall; it stays as it was. */
export const Evidence = z.object({
  ...asked,
  takenAt: Instant,
  /** As they were recorded. */
  times: z.array(Suspect),
  /** The same joined, with the clock's error at both ends: the intervals in which the equipment is suspect. */
  windows: z.array(z.object({ from: Instant, until: Instant })),
})

export type Evidence = z.infer<typeof Evidence>

/** A case holds at most this many windows of a condition. */
const mostWindows = 400

/** What is recorded of a device. */
export interface Recorded {
  readonly status: Loaded<DeviceStatusState>
  readonly exposures: readonly ExposureState[]
  readonly silences: readonly SilenceState[]
}

/**
 * Finds when a condition held, from what was written down when readings came: no reading is looked at. What was not
 * measured counts as outside. A range that is narrower than what readings were judged by cannot be answered so.
 */
export function evidenceOf(condition: Condition, { status, exposures, silences }: Recorded, now: string) {
  const metric = status.dictionary.metrics.find(({ code }) => code === condition.metric)
  if (!metric) return refuse('metric-unknown', { deviceId: status.id, metric: condition.metric })
  const [from, until] = [normal(condition.from), [normal(condition.until), now].sort()[0]!]
  const error = condition.clockErrorSeconds * 1000
  const clip = (one: z.infer<typeof Suspect>) => ({
    ...one,
    from: later(from, one.from),
    until: earlier(until, one.until),
  })
  const mine = exposures.filter((one) => one.metric === metric.code && !one.withdrawn)
  const touching = mine.filter(({ start, end = until }) => start < shifted(until, error) && end > shifted(from, -error))
  const stays = staysOf(status.places, from, until).map((stay) => ({ ...stay, limits: limitsOf(metric, stay) }))
  const judgedBy = [...touching, ...stays].flatMap(({ limits }) => limits ?? [])
  const narrower = judgedBy.find((limits) => isNarrower(condition, limits))
  if (narrower) return refuse('condition-narrower', { metric: metric.code, judged: told(narrower) })

  const gap = (metric.silentAfterMinutes ?? 30) * 60
  const ended = silences.filter((one) => one.metric === metric.code)
  const times = [
    ...touching
      .filter((one) => mayHaveLeft(condition, one))
      .map(({ id, start, end = until, peak, limits }) => ({
        ...{ from: start, until: end, cause: 'outside' as const, exposureId: id, peak, limits },
      })),
    ...silencesIn(status.heard[metric.code] ?? [], ended, from, until, gap).map((one) => ({
      ...one,
      cause: 'silent' as const,
    })),
    ...stays
      .filter(({ limits }) => !limits)
      .map(({ since, to }) => ({ from: since, until: to, cause: 'unjudged' as const })),
  ].sort((a, b) => (a.from < b.from ? -1 : 1))
  const windows = joined(
    times.map((one) => clip({ ...one, from: shifted(one.from, -error), until: shifted(one.until, error) })),
  )
  if (windows.length === 0)
    return refuse('condition-never-held', { metric: metric.code, deviceId: status.id, from, until })
  if (windows.length > mostWindows)
    return refuse('condition-scattered', { metric: metric.code, windows: windows.length, most: mostWindows })
  const evidence: Evidence = { ...condition, takenAt: now, times: times.slice(0, 2 * mostWindows), windows }
  return evidence
}

/** While a condition may go on holding, a case takes in what is new of it this often at most. */
const growthMs = 3_600_000

/**
 * What is found of a condition now and was not known when a case took its evidence; undefined where that is nothing.
 * What was withdrawn since stays in the case: it is evidence of what was known then.
 */
export function growthOf(held: readonly Evidence[], found: Evidence): Evidence | undefined {
  const same = held.filter(({ equipmentId }) => equipmentId === found.equipmentId)
  const isOver = Date.parse(found.until) <= Date.parse(found.takenAt)
  const last = Math.max(...same.map(({ takenAt }) => Date.parse(takenAt)))
  if (!isOver && Date.parse(found.takenAt) - last < growthMs) return undefined
  const known = same.flatMap(({ windows }) => windows)
  const windows = found.windows.filter(
    (one) => !known.some(({ from, until }) => from <= one.from && one.until <= until),
  )
  if (windows.length === 0) return undefined
  const touches = (time: { from: string; until: string }) =>
    windows.some(({ from, until }) => time.from < until && time.until > from)
  return { ...found, windows, times: found.times.filter(touches) }
}

const normal = (instant: string) => new Date(instant).toISOString()
const shifted = (instant: string, ms: number) => new Date(Date.parse(instant) + ms).toISOString()
const later = (a: string, b: string) => (a > b ? a : b)
const earlier = (a: string, b: string) => (a < b ? a : b)

/** The places of a device in a time; before its first place it counts as there already. */
function staysOf(places: DeviceStatusState['places'], from: string, until: string) {
  return places
    .map((place, index) => ({
      limits: place.limits,
      since: later(from, index === 0 ? from : place.since),
      to: earlier(until, places[index + 1]?.since ?? until),
    }))
    .filter(({ since, to }) => since < to)
}

/** Whether a value may be outside what is asked and yet inside what it was judged by. */
const isNarrower = ({ min, max }: Condition, { min: low = -Infinity, max: high = Infinity }: Limits) =>
  (min !== undefined && min > low) || (max !== undefined && max < high)

/** Whether a value of an exposure may have been outside what is asked: none was farther outside its limits than its peak. */
function mayHaveLeft({ min, max }: Condition, { peak, limits }: Pick<ExposureState, 'peak' | 'limits'>): boolean {
  const most = excess(peak, limits)
  const [low, high] = [(limits.min ?? -Infinity) - most, (limits.max ?? Infinity) + most]
  return (min !== undefined && low < min) || (max !== undefined && high > max)
}

/** Times in order, those that touch as one. */
function joined(times: readonly { readonly from: string; readonly until: string }[]) {
  const windows: { from: string; until: string }[] = []
  for (const { from, until } of times.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = windows.at(-1)
    if (last && from <= last.until) last.until = later(last.until, until)
    else if (from < until) windows.push({ from, until })
  }
  return windows
}

const told = ({ min, max }: Limits) => `${min ?? ''}..${max ?? ''}`

/** Genealogy seeds of conditions: their equipment in each of their windows. */
export const seedsOfEvidence = (evidence: readonly Evidence[]) =>
  evidence.flatMap(({ equipmentId, windows }) => windows.map(({ from, until }) => `${equipmentId}@${from}/${until}`))

/** Why a condition cannot be told, as a rule of the input that names it. */
export function ruleOf({ refusal, details }: Refusal<keyof typeof conditionRefusals>) {
  const rule = conditionRefusals[refusal].en.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name]))
  return refuse('input-invalid', { errors: [{ field: 'seeds.conditions', rule }] })
}

export const conditionRefusals = shared({
  'metric-unknown': invalid(
    'Device {deviceId} does not measure "{metric}". Its kind in the data dictionary lists what it measures.',
    '设备 {deviceId} 不测量“{metric}”。可测项目见数据字典中该设备类型。',
  ),
  'condition-narrower': refused(
    'Values of {metric} were judged by {judged} when they came; a narrower range was not watched. Ask for that range or a wider one, or name the times as "equipmentIntervals".',
    '{metric} 的数值当时按 {judged} 判定，更窄的范围未被监测。请使用该范围或更宽范围，或以 “equipmentIntervals” 直接指定时段。',
  ),
  'condition-never-held': refused(
    'From {from} to {until} device {deviceId} told {metric} without a gap, and it was never outside. Nothing is suspect by this.',
    '自 {from} 至 {until}，设备 {deviceId} 的 {metric} 数据连续且从未超出范围，据此无可疑对象。',
  ),
  'condition-scattered': refused(
    'It held {windows} separate times; a case keeps {most}. Ask for a shorter time or a wider range.',
    '该条件共出现 {windows} 段，单个案件最多保存 {most} 段。请缩短时段或放宽范围。',
  ),
})
