import * as z from 'zod'

/** A stretch of time in which values came without a gap: its first and its last, in seconds since 1970. */
export const Span = z.tuple([z.int(), z.int()])

export type Heard = readonly z.infer<typeof Span>[]

/** A device remembers this many stretches of a metric. */
const kept = 16

const instant = (seconds: number) => new Date(seconds * 1000).toISOString()

/**
 * Stretches with these times added. Which gaps there are does not depend on the order in which times come. A gap before
 * `closed` will never be filled: it has ended for good, and the stretches around it are one from then on; at most
 * `most` of them. So is the oldest where there are too many.
 */
export function cover(heard: Heard, times: readonly number[], gap: number, closed: number, most: number) {
  let all: Heard = heard
  for (const time of times) all = withTime(all, time, gap)
  const ended: { from: string; until: string }[] = []
  let [first, second] = all
  while (first && second && ended.length < most && (second[0] < closed || all.length > kept)) {
    ended.push({ from: instant(first[1]), until: instant(second[0]) })
    all = [[first[0], second[1]], ...all.slice(2)]
    ;[first, second] = all
  }
  return { heard: all as z.infer<typeof Span>[], ended }
}

/** Nearly always it goes on with the last stretch. */
function withTime(heard: Heard, time: number, gap: number): Heard {
  const last = heard.at(-1)
  if (last && time >= last[0] && time - last[1] <= gap) {
    return time <= last[1] ? heard : [...heard.slice(0, -1), [last[0], time]]
  }
  const touches = (span: z.infer<typeof Span>) => span[0] - gap <= time && time <= span[1] + gap
  const mine = heard.filter(touches)
  const joined: z.infer<typeof Span> = [
    Math.min(time, ...mine.map(([from]) => from)),
    Math.max(time, ...mine.map(([, until]) => until)),
  ]
  return [...heard.filter((span) => !touches(span)), joined].sort(([a], [b]) => a - b)
}

/** Parts of `from` up to `until` in which nothing was heard, by stretches and by gaps that ended before them. */
export function silencesIn(
  heard: Heard,
  ended: readonly { readonly from: string; readonly until: string }[],
  from: string,
  until: string,
  gap: number,
): { from: string; until: string }[] {
  const first = heard[0]
  if (!first) return [{ from, until }]
  const last = heard.at(-1)!
  const between = heard.slice(1).map((span, index) => ({ from: instant(heard[index]![1]), until: instant(span[0]) }))
  const untilNow = Date.parse(until) / 1000 - last[1] > gap ? [{ from: instant(last[1]), until: '9999' }] : []
  return [{ from: '', until: instant(first[0]) }, ...ended, ...between, ...untilNow]
    .map((one) => ({ from: one.from > from ? one.from : from, until: one.until < until ? one.until : until }))
    .filter((one) => one.from < one.until)
}
