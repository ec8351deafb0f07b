import { type EdgeColumns, passing } from './columns.ts'
import type { Nodes } from './nodes.ts'

/**
 * A part of the genealogy as it is stored: nodes, and edges into them. A segment is the piece of 4,096 successive
 * numbers, a late run the piece of what came too late for its segments.
 */
export interface Piece {
  readonly nodes: Nodes
  readonly edges: EdgeColumns
}

/** What says that a fact belongs to the node at one end of its edge; spares an id for most edges. */
export const factOfFrom = '<'
export const factOfTo = '>'

/** The one order of edges, so that the same edges make the same bytes, and a trace names the same way among equals. */
export function canonical(edges: EdgeColumns): number[] {
  const { kind, from, to, at, until, stated, recordedAt, quantity, factVersion, texts } = edges
  const evidence = (edge: number) => 1 - passing[kind[edge]!]!
  const text = (a: number, b: number) => (a === b || texts[a] === texts[b] ? 0 : texts[a]! < texts[b]! ? -1 : 1)
  // NaN stands for none and sorts first.
  const number = (a: number, b: number) => (Number.isNaN(a) ? -1 : a) - (Number.isNaN(b) ? -1 : b)
  // An array's sort is quick where much is in order already; that of a typed array is not.
  return Array.from(edges.kind.keys()).sort(
    (a, b) =>
      evidence(a) - evidence(b) ||
      to[a]! - to[b]! ||
      from[a]! - from[b]! ||
      recordedAt[a]! - recordedAt[b]! ||
      kind[a]! - kind[b]! ||
      text(edges.fact[a]!, edges.fact[b]!) ||
      factVersion[a]! - factVersion[b]! ||
      at[a]! - at[b]! ||
      stated[a]! - stated[b]! ||
      number(until[a]!, until[b]!) ||
      number(quantity[a]!, quantity[b]!) ||
      text(edges.unit[a]!, edges.unit[b]!) ||
      text(edges.item[a]!, edges.item[b]!) ||
      text(edges.party[a]!, edges.party[b]!),
  )
}
