import { nodeId } from '#kit/node'
import type { StoredEdge } from '#kit/ports'
import { type History, prefixOf } from './history.ts'

const begin = Date.UTC(2026, 0, 1)
const instant = (minute: number) => new Date(begin + minute * 60_000).toISOString()

/** Id of a node of a made-up history. */
export const idOf = (number: number) => {
  const prefix = prefixOf(number)
  return nodeId(prefix === 'pac' ? 'pck' : prefix, begin + number * 7, number)
}

/** A made-up history as commands would have recorded it; the facts of most edges belong to one of their nodes. */
export const recordingOf = (rows: History): StoredEdge[] =>
  rows.map(({ from, to, at, recordedAt, until, stated, fact, ...rest }, n) => ({
    ...(JSON.parse(JSON.stringify(rest)) as Pick<StoredEdge, 'kind'>),
    ...{ from: idOf(from), to: idOf(to), at: instant(stated ? at : recordedAt), recordedAt: instant(recordedAt) },
    ...(stated ? { stated: true } : {}),
    ...(until === undefined ? {} : { until: instant(until) }),
    fact: { entityId: [idOf(from), idOf(to), 'pur_fact'][n % 3]!, version: fact?.version ?? 1 },
  }))

/** Edges as texts, sorted, so that the order in which they come does not matter but their number does. */
export const listed = (edges: Iterable<StoredEdge>): string[] =>
  Array.from(edges, (edge) => JSON.stringify(Object.entries(edge).sort(([a], [b]) => (a < b ? -1 : 1)))).sort()
