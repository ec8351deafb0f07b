/** Edges by a node, and those of each node in the order of a key (most often the node at the other end). */
export class Incidence {
  /** Edges of node n are `edges[offsets[n]]` up to, not including, `edges[offsets[n + 1]]`. */
  readonly offsets: Uint32Array
  readonly edges: Uint32Array
  private readonly key: Uint32Array

  constructor(offsets: Uint32Array, edges: Uint32Array, key: Uint32Array) {
    this.offsets = offsets
    this.edges = edges
    this.key = key
  }

  /** A view, no copy. */
  at(node: number): Uint32Array {
    return this.edges.subarray(this.offsets[node], this.offsets[node + 1])
  }

  /** Those edges of a node that have this key, found by halving; a view, no copy. */
  with(node: number, value: number): Uint32Array {
    const begin = this.firstFrom(node, value)
    let end = begin
    while (end < this.offsets[node + 1]! && this.key[this.edges[end]!] === value) end += 1
    return this.edges.subarray(begin, end)
  }

  private firstFrom(node: number, value: number): number {
    let low = this.offsets[node]!
    let high = this.offsets[node + 1]!
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.key[this.edges[middle]!]! < value) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Both directions of the same edges, each sorted by the other end, by counting alone. */
export function incidences(from: Uint32Array, to: Uint32Array, nodes: number, edges: Uint32Array) {
  const bySource = counted(from, nodes, edges)
  const into = counted(to, nodes, bySource.edges)
  const outOf = counted(from, nodes, into.edges)
  return {
    into: new Incidence(into.offsets, into.edges, from),
    outOf: new Incidence(outOf.offsets, outOf.edges, to),
  }
}

/** Sorts edges by one end and keeps the order they come in among equals. */
function counted(ends: Uint32Array, nodes: number, edges: Uint32Array) {
  const offsets = new Uint32Array(nodes + 2)
  for (const edge of edges) offsets[ends[edge]! + 2]! += 1
  for (let node = 2; node < offsets.length; node += 1) offsets[node]! += offsets[node - 1]!
  const sorted = new Uint32Array(edges.length)
  for (const edge of edges) sorted[offsets[ends[edge]! + 1]!++] = edge
  return { offsets, edges: sorted }
}
