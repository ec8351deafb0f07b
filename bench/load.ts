import type { People } from '../test/cloud/people.ts'
import type { Shot } from './mix.ts'

/** What a run of requests took. */
export interface Run {
  readonly requests: number
  readonly seconds: number
  readonly errors: readonly string[]
  /** Milliseconds of each request, ascending. */
  readonly times: readonly number[]
  readonly byName: ReadonlyMap<string, readonly number[]>
}

/** How hard to push. */
export interface Load {
  readonly seconds: number
  /** Requests in flight at most. */
  readonly concurrency: number
  /** Requests a second; as fast as answers come where not given. */
  readonly rate?: number | undefined
}

/**
 * Sends what `shot` makes for so long. With a rate, time counts from when a request was due, so that a stall is not
 * hidden by requests that were never sent.
 */
export async function press(people: People, shot: (n: number) => Shot, load: Load): Promise<Run> {
  const { seconds, concurrency, rate } = load
  const errors: string[] = []
  const byName = new Map<string, number[]>()
  const begin = performance.now()
  const end = begin + seconds * 1000
  let sent = 0
  const work = async () => {
    for (;;) {
      const n = sent++
      const due = rate === undefined ? performance.now() : begin + (n * 1000) / rate
      if (due >= end) return
      const ahead = due - performance.now()
      if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead))
      const { name, role, ...call } = shot(n)
      const { status, text } = await people.ask(role, call)
      if (status >= 300) errors.push(`${name}: ${status} ${text.slice(0, 200)}`)
      const times = byName.get(name) ?? []
      if (times.push(performance.now() - due) === 1) byName.set(name, times)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  const took = (performance.now() - begin) / 1000
  for (const times of byName.values()) times.sort((a, b) => a - b)
  const times = [...byName.values()].flat().sort((a, b) => a - b)
  return { requests: times.length, seconds: took, errors, times, byName }
}

/** The value below which this part of the times lies, in milliseconds. */
export const quantile = (times: readonly number[], part: number) =>
  Number((times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0).toFixed(1))
