import { excess, type Limits, type Point } from './intervals.ts'
import type { Leg } from './stay.ts'
import { type Borne, minutes } from './thermal-budget.ts'

/** An exposure of the temperature at a place, with the readings in it. */
export interface Outside {
  readonly exposureId: string
  readonly deviceId: string
  readonly place: string
  readonly start: string
  /** Absent while it lasts. */
  readonly end?: string | undefined
  readonly peak: number
  readonly limits: Limits
  /** By time; each holds until the next. */
  readonly points: readonly Point[]
}

/** The range of a product, °C. */
export interface Range {
  readonly minC?: number | undefined
  readonly maxC?: number | undefined
}

/** What one exposure did to what was there. */
export interface Breach {
  readonly exposureId: string
  readonly deviceId: string
  readonly place: string
  readonly from: string
  /** Absent while both last. */
  readonly until?: string | undefined
  readonly minutesAbove: number
  readonly minutesBelow: number
  readonly peakC: number
}

type Side = 'above' | 'below'

interface Stretch {
  readonly side: Side
  readonly from: number
  readonly until: number
  readonly value: number
}

/** What was borne on the way along these legs: minutes in which two sensors were outside count once. */
export function borneOn(
  legs: readonly Leg[],
  outside: readonly Outside[],
  range: Range,
  now: string,
): { readonly borne: Borne; readonly breaches: readonly Breach[] } {
  const all: Stretch[] = []
  const breaches: Breach[] = []
  for (const one of outside) {
    const times = legs.filter(({ place }) => place === one.place).map((leg) => overlap(leg, one, now))
    const there = merged(times.filter(({ from, until }) => from < until))
    const some = there.flatMap((time) => stretchesIn(time, one, range, now))
    if (some.length === 0) continue
    all.push(...some)
    const lasts = one.end === undefined && legs.some(({ place, until }) => place === one.place && until === undefined)
    breaches.push({
      ...{ exposureId: one.exposureId, deviceId: one.deviceId, place: one.place },
      from: new Date(Math.min(...some.map(({ from }) => from))).toISOString(),
      until: lasts ? undefined : new Date(Math.max(...some.map(({ until }) => until))).toISOString(),
      minutesAbove: minutes(lengthOf(some, 'above')),
      minutesBelow: minutes(lengthOf(some, 'below')),
      peakC: some.reduce((most, { value }) => (farther(value, most, range) ? value : most), some[0]!.value),
    })
  }
  const values = (side: Side) => all.filter((one) => one.side === side).map(({ value }) => value)
  const longest = (['above', 'below'] as const).flatMap((side) => merged(all.filter((one) => one.side === side)))
  return {
    borne: {
      minutesAbove: minutes(lengthOf(all, 'above')),
      minutesBelow: minutes(lengthOf(all, 'below')),
      longestMinutes: minutes(Math.max(0, ...longest.map(({ from, until }) => until - from))),
      highestC: values('above').length > 0 ? Math.max(...values('above')) : undefined,
      lowestC: values('below').length > 0 ? Math.min(...values('below')) : undefined,
    },
    breaches: breaches.sort(byTime),
  }
}

/** By time, and at the same time by place and device, whatever the exposures are called. */
export function byTime(a: Breach, b: Breach): number {
  const [first, second] = [a, b].map(({ from, place, deviceId }) => `${from} ${place} ${deviceId}`)
  return first! < second! ? -1 : 1
}

interface Span {
  readonly from: number
  readonly until: number
}

const overlap = (leg: Leg, { start, end = '9999' }: Outside, now: string): Span => ({
  from: Math.max(Date.parse(leg.from), Date.parse(start)),
  until: Math.min(...[leg.until, end === '9999' ? undefined : end, now].flatMap((at) => (at ? [Date.parse(at)] : []))),
})

/** Spans in order, those that meet as one. */
function merged(spans: readonly Span[]): Span[] {
  const found: { from: number; until: number }[] = []
  for (const { from, until } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = found.at(-1)
    if (last && from <= last.until) last.until = Math.max(last.until, until)
    else found.push({ from, until })
  }
  return found
}

const lengthOf = (stretches: readonly Stretch[], side: Side) =>
  merged(stretches.filter((one) => one.side === side)).reduce((sum, { from, until }) => sum + until - from, 0)

/** The parts of a time in which a reading was outside the range of the product, which may be wider than that of the place. */
function stretchesIn(time: Span, { start, peak, limits, points, end }: Outside, range: Range, now: string): Stretch[] {
  // Where no reading is left, the whole exposure counts as its peak.
  const known = points.length > 0 ? points : [{ at: start, value: peak }]
  return known.flatMap(({ at, value }, index): Stretch[] => {
    const side = sideOf(value, range, limits)
    const next = known[index + 1]?.at ?? end ?? now
    const [from, until] = [Math.max(Date.parse(at), time.from), Math.min(Date.parse(next), time.until)]
    return side && from < until ? [{ side, from, until, value }] : []
  })
}

/** On which side of the product's range a value is, or of the place's where the product has none. */
function sideOf(value: number, { minC, maxC }: Range, { min, max }: Limits): Side | undefined {
  const [low, high] = minC === undefined && maxC === undefined ? [min, max] : [minC, maxC]
  if (high !== undefined && value > high) return 'above'
  return low !== undefined && value < low ? 'below' : undefined
}

const farther = (value: number, most: number, { minC: min, maxC: max }: Range) =>
  excess(value, { min, max, margin: 0 }) > excess(most, { min, max, margin: 0 })
