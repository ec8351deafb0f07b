/**
 * Grades: which of the nodes that can be touched are touched for certain, possibly, or not.
 *
 * A way is a chain of edges that pass suspicion (`passing` in columns.ts). It is judged by each pair of its edges:
 *
 * - Time. Of two edges the later in the way must not have ended before the earlier began. An edge is a moment, but a
 *   `run` and a `pack` last until their end, without one for ever. If both times were stated, the way is excluded; if
 *   one is only the time of posting, the way is possible (`posted-before`).
 * - Packs. What goes on from a pack must have begun before the content left it, and before the inner pack it is in
 *   left the outer one.
 * - Orders. Of a consumption of lot S (item I) and an output u: the unit map of u names S: certain; it names only other
 *   lots of I: excluded; else S is the only source of I: certain; else the order has one output: certain; else
 *   possible. If all of S was withdrawn again: at most possible. A unit map counts in an order that consumed what it
 *   names, so that a later rework with new parts is not judged by the old map. An unknown item may be any item: it is
 *   an only source only where the order consumed nothing else, spoils that of the others, and excludes nothing.
 * - Seeds. The first edge must overlap the seed's window, and nothing counts before it (backward: after it). A seed that
 *   is a pack begins a way at everything that was in it in its window, directly or in another pack, from then on.
 *
 * A node has the best grade of all ways to it; excluded is what no way reaches although edges lead there. Rules look
 * at pairs of edges of one way only, so x is in the forward trace of y exactly when y is in the backward trace of x,
 * grade by grade (unpacking a seed aside). Edges may come in any order and twice; only the quantities that say
 * whether all was withdrawn are added up, so the store must not keep an edge twice.
 */
import { Arrivals, type Walk } from './arrivals.ts'
import type { EdgeColumns } from './columns.ts'
import { loopsOf } from './loops.ts'
import { Part } from './part.ts'
import type { Direction } from './reach.ts'
import { type Rule, ruleOfConfirmed, ruleOfExcluded, ruleOfPossible } from './rules.ts'
import { Superset } from './superset.ts'
import { UnitMaps } from './unit-map.ts'

/** By code; the higher, the surer. */
export const grades = ['excluded', 'possible', 'confirmed'] as const
export type Grade = (typeof grades)[number]

/** A node that is suspect, in a window where one is known (milliseconds since 1970). */
export interface Seed {
  readonly node: number
  readonly from?: number | undefined
  readonly until?: number | undefined
}

export interface GradeOptions {
  readonly direction: Direction
  /** Nodes that a person took out: they are graded excluded and not entered. */
  readonly exclude?: Iterable<number>
  /** Only edges recorded at or before this time count (milliseconds since 1970). */
  readonly asOf?: number | undefined
}

/** Why a node has its grade: the first, shortest way to it and the rule that decided. */
export interface Explanation {
  readonly grade: Grade
  readonly rule: Rule
  /** Node numbers from the seed to the node. */
  readonly nodes: readonly number[]
  /** The edges between them, as indexes into the columns. */
  readonly edges: readonly number[]
}

/** Every node that can be touched, graded. */
export interface Graded {
  /** Node numbers, ascending, the seeds included. */
  readonly nodes: Uint32Array
  /** Grades by code, aligned with the nodes. */
  readonly grades: Uint8Array
  /** By index into the columns, the grade of the surest way that ends with the edge; 0 also where none does. */
  readonly edgeGrades: Uint8Array
  readonly counts: Readonly<Record<Grade, number>>
  /** Node numbers of each loop in what is confirmed or possible. */
  readonly loops: readonly (readonly number[])[]
  /** Undefined for a node that cannot be touched. */
  explain(node: number): Explanation | undefined
}

/**
 * Grades what the seeds touch (forward) or come from (backward). The columns must hold every edge from and into the
 * nodes that `Graph.reach` finds, and backward also every edge out of the orders among them (`withChildren`).
 */
export function grade(columns: EdgeColumns, seeds: readonly Seed[], options: GradeOptions): Graded {
  const walk = walkOf(columns, seeds, options)
  const { part } = walk
  const superset = new Superset(walk)
  const certain = new Arrivals(walk, true)
  const possible = new Arrivals(walk, false)
  const codeAt = (place: number) => (certain.has(place) ? 2 : possible.has(place) ? 1 : 0)
  const { length } = part.numbers
  const [nodes, codes] = [new Uint32Array(length), new Uint8Array(length)]
  const sums = grades.map(() => 0)
  let count = 0
  for (let place = 0; place < length; place += 1) {
    if (!superset.has(place)) continue
    nodes[count] = part.numbers[place]!
    codes[count] = codeAt(place)
    sums[codes[count]!]! += 1
    count += 1
  }
  const [excluded, uncertain, confirmed] = sums as [number, number, number]
  return {
    nodes: nodes.subarray(0, count),
    grades: codes.subarray(0, count),
    edgeGrades: edgeGradesOf(certain, possible),
    counts: { excluded, possible: uncertain, confirmed },
    loops: loopsOf(part, possible.passed).map((loop) =>
      loop.map((place) => part.numbers[place]!).sort((a, b) => a - b),
    ),
    explain(node) {
      const place = part.placeOf(node)
      if (place === undefined || !superset.has(place)) return undefined
      const code = codeAt(place)
      const route = [superset, possible, certain][code]!.routeTo(place)!
      const rule = walk.closed[place] ? 'excluded-by-person' : ruleOf[code]!(route, walk)
      return { grade: grades[code]!, rule, nodes: route.places.map((at) => part.numbers[at]!), edges: route.edges }
    },
  }
}

function edgeGradesOf(certain: Arrivals, possible: Arrivals): Uint8Array {
  const edgeGrades = possible.passed.slice()
  for (let edge = 0; edge < edgeGrades.length; edge += 1) if (certain.passed[edge] === 1) edgeGrades[edge] = 2
  return edgeGrades
}

const ruleOf = [ruleOfExcluded, ruleOfPossible, ruleOfConfirmed] as const

function walkOf(columns: EdgeColumns, seeds: readonly Seed[], { direction, exclude = [], asOf }: GradeOptions): Walk {
  const named = seeds.map(({ node }) => node)
  const part = new Part(columns, named, asOf ?? Number.POSITIVE_INFINITY)
  const closed = new Uint8Array(part.numbers.length)
  for (const node of exclude) {
    const place = part.placeOf(node)
    if (place !== undefined) closed[place] = 1
  }
  const starts = seeds.map(({ node, from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY }) => ({
    place: part.placeOf(node)!,
    from,
    until,
  }))
  return { part, maps: new UnitMaps(part), direction, starts, closed }
}
