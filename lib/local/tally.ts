import type { Service } from './cloud.ts'
import { sendJson } from './local-page.ts'

/** How often something was done. */
export type Counts = Record<string, number>

let counts: Counts = {}

/** Counts work that takes time, for benchmarks: how often something was done since the start. */
export function tally(what: string, times = 1): void {
  counts[what] = (counts[what] ?? 0) + times
}

/** Takes what this thread counted, for the thread that shows it; nothing where that is nothing. */
export function takeTally(): Counts | undefined {
  const taken = counts
  counts = {}
  return Object.keys(taken).length > 0 ? taken : undefined
}

/** Shows what was counted on a local page. */
export const tallies: Service = {
  name: 'tally',
  types: [],
  async start(cloud) {
    cloud.page('/_local/counts', (_, response) => sendJson(response, 200, counts))
  },
  async stop() {},
}
