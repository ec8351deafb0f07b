import type { Service } from './cloud.ts'
import { sendJson } from './local-page.ts'

const counts: Record<string, number> = {}

/** Counts work that takes time, for benchmarks: how often something was done since the start. */
export function tally(what: string, times = 1): void {
  counts[what] = (counts[what] ?? 0) + times
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
