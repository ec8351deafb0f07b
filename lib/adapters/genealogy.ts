import { keys, tailShards } from '#kit/keys'
import type { Ports, StoredEdge } from '#kit/ports'
import { decodeDelta } from '../genealogy/delta.ts'
import { walked } from '../genealogy/walked.ts'
import { eachOf } from './dynamo.ts'
import { readEpoch } from './epoch.ts'
import { partition } from './table.ts'

/** Partitions read at once. */
const width = 16

/** Reads every edge, strongly consistent: an edge acknowledged before this began is in the answer. */
async function allEdges(): Promise<StoredEdge[]> {
  const epochs = (await readEpoch()) + 1
  const tails = Array.from({ length: epochs * tailShards }, (_, n) =>
    keys.tail(Math.floor(n / tailShards), n % tailShards),
  )
  const edges: StoredEdge[] = []
  await eachOf(tails, width, async (tail) => {
    for (const { delta } of await partition(tail, '')) edges.push(...decodeDelta(delta as Uint8Array))
  })
  return edges.sort((a, b) => (a.recordedAt < b.recordedAt ? -1 : 1))
}

/** The genealogy over the table's tails. */
export const genealogy: Ports['genealogy'] = {
  trace: async (request) => walked(await allEdges(), request),
  reach: async (request) => walked(await allEdges(), request),
}
