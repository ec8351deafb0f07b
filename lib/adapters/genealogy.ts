import { keys, tailShards } from '#kit/keys'
import type { Ports, StoredEdge } from '#kit/ports'
import { walk } from '../genealogy/walk.ts'
import { partition } from './table.ts'

/** Reads every edge, strongly consistent: an edge acknowledged before this began is in the answer. */
async function allEdges(): Promise<StoredEdge[]> {
  const shards = await Promise.all(Array.from({ length: tailShards }, (_, shard) => partition(keys.tail(shard), '')))
  const deltas = shards.flat() as unknown as { at: string; edges: StoredEdge[] }[]
  return deltas.sort((a, b) => (a.at < b.at ? -1 : 1)).flatMap(({ edges }) => edges)
}

/** The genealogy over the table's tail. */
export const genealogy: Ports['genealogy'] = {
  trace: async (seeds, direction) => walk(await allEdges(), seeds, direction),
}
