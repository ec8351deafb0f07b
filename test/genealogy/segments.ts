import { type Pairs, type Parents, segmentSize } from '#genealogy/columns'

/** Segments made of edges without any codec, as the store would hand them out. */
export function segmentsOf({ from, to, length }: Pairs): Parents[] {
  const parents = new Map<number, number[]>()
  for (let edge = 0; edge < length; edge += 1)
    parents.set(
      to[edge]!,
      [...(parents.get(to[edge]!) ?? []), from[edge]!].sort((a, b) => a - b),
    )
  const numbers = new Set([...parents.keys()].map((node) => Math.floor(node / segmentSize)))
  return [...numbers]
    .sort((a, b) => a - b)
    .map((number) => {
      const nodes = Array.from({ length: segmentSize }, (_, place) => parents.get(number * segmentSize + place) ?? [])
      const offsets = new Uint32Array(segmentSize + 1)
      for (const [place, list] of nodes.entries()) offsets[place + 1] = offsets[place]! + list.length
      return {
        ...{ first: number * segmentSize, count: segmentSize, offsets },
        ...{ parents: Uint32Array.from(nodes.flat()), prefix: new Uint8Array(segmentSize) },
      }
    })
}

export const pairsOf = (edges: readonly (readonly [from: number, to: number])[]): Pairs => ({
  length: edges.length,
  from: Uint32Array.from(edges, ([from]) => from),
  to: Uint32Array.from(edges, ([, to]) => to),
})
