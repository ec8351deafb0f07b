import type { StoredEdge } from '#kit/ports'
import type { TracePosition } from '#kit/trace'
import type { Bits } from './bits.ts'
import { type EdgeColumns, type Pairs, passingPairs } from './columns.ts'
import { placeOf } from './nodes.ts'
import { Graph } from './reach.ts'
import { idIn, pieceOf } from './recorded.ts'

/** The genealogy at one moment, with everything acknowledged before; edges are read where they are needed. */
export interface View {
  readonly position: TracePosition
  /** Sealed edges as a graph, and the edges that come on top. */
  readonly graph: Graph
  readonly tail: Pairs
  /** Stored parts that were missing or damaged, so that their edges came from the edge log. */
  readonly repaired: readonly string[]
  /** Code of the prefix of a node's id; 0 for a number without a node. */
  prefixAt(number: number): number
  /** All edges into these nodes, perhaps with others, in columns for the caller alone; and ids of the nodes at their ends. */
  edgesInto(
    nodes: Bits,
  ): Promise<{ readonly edges: EdgeColumns; readonly idOf: (number: number) => string | undefined }>
}

/** A view of edges as they were recorded, without any store. */
export function viewOf(recorded: Iterable<StoredEdge>, last = 0, repaired: readonly string[] = []): View {
  const { nodes, edges } = pieceOf(recorded)
  return {
    ...{ position: { tail: last, sealed: 0 }, graph: new Graph([]), tail: passingPairs(edges), repaired },
    prefixAt: (number) => nodes.prefix[placeOf(nodes.numbers, number)] ?? 0,
    edgesInto: async () => ({ edges, idOf: (number) => idIn([nodes], number) }),
  }
}
