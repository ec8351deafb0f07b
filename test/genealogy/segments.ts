import { type Pairs, type Parents, segmentSize } from '#genealogy/columns'

/** Segments made of edges without any codec, as the store would hand them out. */
export function segmentsOf({ from, to, length }: Pairs): Parents[] {
  const edges = Array.from({ length }, (_, edge) => ({ from: from[edge]!, to: to[edge]! }))
  const bySegment = Map.groupBy(edges, (edge) => Math.floor(edge.to / segmentSize) * segmentSize)
  return [...bySegment.keys()].sort((a, b) => a - b).map((first) => segmentOf(first, bySegment.get(first)!))
}

function segmentOf(first: number, edges: readonly { readonly from: number; readonly to: number }[]): Parents {
  const sorted = edges.toSorted((a, b) => a.to - b.to || a.from - b.from)
  const offsets = new Uint32Array(segmentSize + 1)
  for (const { to } of sorted) offsets[to - first + 1]! += 1
  for (let place = 0; place < segmentSize; place += 1) offsets[place + 1]! += offsets[place]!
  const parents = Uint32Array.from(sorted, ({ from }) => from)
  return { first, count: segmentSize, offsets, parents, prefix: new Uint8Array(segmentSize) }
}

export const pairsOf = (edges: readonly (readonly [from: number, to: number])[]): Pairs => ({
  length: edges.length,
  from: Uint32Array.from(edges, ([from]) => from),
  to: Uint32Array.from(edges, ([, to]) => to),
})
