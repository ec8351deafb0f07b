import { type Links, type Pairs, segmentSize } from '#genealogy/columns'

/** Segments made of edges without any codec, as the store would hand them out. */
export function segmentsOf({ from, to, length }: Pairs): (Links | undefined)[] {
  const edges = Array.from({ length }, (_, edge) => ({ from: from[edge]!, to: to[edge]! }))
  const bySegment = Map.groupBy(edges, (edge) => Math.floor(edge.to / segmentSize))
  const count = Math.max(-1, ...bySegment.keys()) + 1
  return Array.from({ length: count }, (_, segment) => linksOf(bySegment.get(segment)))
}

function linksOf(edges: readonly { readonly from: number; readonly to: number }[] | undefined): Links | undefined {
  if (!edges) return undefined
  const sorted = edges.toSorted((a, b) => a.to - b.to || a.from - b.from)
  const numbers = Uint32Array.from(new Set(sorted.map(({ to }) => to)))
  const ends = Array.from(numbers, (number) => sorted.findLastIndex(({ to }) => to === number) + 1)
  const parents = Uint32Array.from(sorted, ({ from }) => from)
  return { numbers, offsets: Uint32Array.of(0, ...ends), parents, prefix: new Uint8Array(numbers.length) }
}

export const pairsOf = (edges: readonly (readonly [from: number, to: number])[]): Pairs => ({
  length: edges.length,
  from: Uint32Array.from(edges, ([from]) => from),
  to: Uint32Array.from(edges, ([, to]) => to),
})
