import { nodeId } from '../../lib/kit/node.ts'
import type { StoredEdge } from '../../lib/kit/ports.ts'
import { type Graph, kinds, prefixes } from './history.ts'

/** What one command wrote into the genealogy's tail. */
export interface Delta {
  readonly request: string
  readonly edges: readonly StoredEdge[]
}

/** Id of a node of a made-up past. */
export const idOf = ({ prefix, born }: Graph, number: number): string =>
  nodeId(prefixes[prefix[number]!]!, born[number]!, number)

const iso = (time: number) => new Date(time).toISOString()

/** Id of an item or partner, which are no nodes of the genealogy. */
export const otherId = (prefix: string, number: number) =>
  `${prefix}_01HKXB4N00Q7Z3V8M5T2K9${String(number).padStart(4, '0')}`

/** The commands of a past in the order in which they were recorded, from one edge on, each with its edges. */
export function* deltasOf(graph: Graph): Generator<Delta> {
  /** Facts of each node so far: an edge is drawn by a fact of the node that it goes into. */
  const versions = new Uint16Array(graph.end)
  for (let edge = 0; edge < graph.length; ) {
    const command = graph.command[edge]!
    const changed = new Set<number>()
    const edges: StoredEdge[] = []
    for (; edge < graph.length && graph.command[edge] === command; edge += 1) {
      const node = graph.to[edge]!
      if (!changed.has(node)) versions[node]! += 1
      changed.add(node)
      edges.push(storedEdge(graph, edge, versions[node]!))
    }
    yield { request: nodeId('req', graph.recordedAt[edge - 1]!, 2 ** 39 + command).slice(4), edges }
  }
}

function storedEdge(graph: Graph, edge: number, version: number): StoredEdge {
  const [until, quantity, item, party] = [
    graph.until[edge]!,
    graph.quantity[edge]!,
    graph.item[edge]!,
    graph.party[edge]!,
  ]
  const to = idOf(graph, graph.to[edge]!)
  return {
    kind: kinds[graph.kind[edge]!]!,
    from: idOf(graph, graph.from[edge]!),
    to,
    at: iso(graph.at[edge]!),
    ...(graph.stated[edge] ? { stated: true as const } : {}),
    recordedAt: iso(graph.recordedAt[edge]!),
    ...(until ? { until: iso(until) } : {}),
    ...(quantity ? { quantity, unit: 'each' } : {}),
    ...(item ? { itemId: otherId('itm', item) } : {}),
    ...(party ? { party: otherId('ptr', party) } : {}),
    fact: { entityId: to, version },
  }
}
