import type { StoredEdge } from './ports.ts'
import type { Page } from './table.ts'

/** Where a trace begins: a node, and for equipment and packs the interval in which it was suspect (ISO 8601 UTC). */
export interface TraceSeed {
  readonly node: string
  readonly from?: string | undefined
  readonly until?: string | undefined
}

export interface TraceRequest {
  readonly seeds: readonly TraceSeed[]
  /** `forward`: all that the seeds touch; `backward`: all that they come from. */
  readonly direction: 'forward' | 'backward'
  /** Nodes that a person ruled out: the trace does not enter them and grades them excluded. */
  readonly exclude?: readonly string[] | undefined
  /** Only edges recorded at or before this time, ISO 8601 UTC; all of them where absent. */
  readonly asOf?: string | undefined
}

/** How sure it is that suspicion holds for a node: the best of all paths to it. */
export type Grade = 'confirmed' | 'possible' | 'excluded'

/** One node of a trace, with the reason why it is there. */
export interface TracedNode {
  readonly id: string
  readonly grade: Grade
  /** Name of the rule that gave the grade. */
  readonly rule: string
  /** Nodes from a seed to this one: the first shortest path of its grade. */
  readonly path: readonly string[]
  /** Edges by which the trace came into it, each as it was recorded. */
  readonly edges: readonly StoredEdge[]
  /** Which of the loops it lies on, from 0; absent where it lies on none. */
  readonly loop?: number
}

/** What suspicion can reach at most: quick, without grades; the set that a freeze begins with. */
export interface Reached {
  /** Node numbers, ascending. */
  readonly numbers: Uint32Array
  /** State of the genealogy that it holds for. */
  readonly position: TracePosition
  /** Stored parts that were missing or damaged; what they held was taken from the edge log instead. */
  readonly repaired: readonly string[]
}

/** State of the genealogy that an answer was made from: every edge acknowledged before is in. */
export interface TracePosition {
  /** The genealogy's tail that was read last. */
  readonly tail: number
  /** Edges of tails before this one came from sealed segments. */
  readonly sealed: number
}

/** Answer of a trace: the compact part at once, the full list in pages; never cut. */
export interface Traced {
  /** Nodes by the prefix of their ids (`lot`, `shp`, ...) and by grade. */
  readonly counts: readonly { readonly prefix: string; readonly grade: Grade; readonly count: number }[]
  /** Partners on edges of the trace that are not excluded, with the number of those edges by kind. */
  readonly parties: readonly { readonly partnerId: string; readonly kind: string; readonly edges: number }[]
  /** Shipments that are not excluded. */
  readonly shipments: readonly string[]
  /** Groups of nodes that lie on one loop; the trace ends there. */
  readonly loops: readonly (readonly string[])[]
  readonly complete: true
  /** SHA-256 of the sorted numbers of the nodes that are confirmed or possible. */
  readonly fingerprint: string
  readonly position: TracePosition
  /** Stored parts that were missing or damaged; what they held was taken from the edge log instead. */
  readonly repaired: readonly string[]
  /** Numbers of the nodes that are confirmed or possible, ascending. */
  readonly numbers: Uint32Array
  /**
   * The nodes in the order of their numbers, at most `size` of them, after those before `cursor`.
   * A cursor of another trace, or of one whose answer has changed since, throws `ForeignCursor`.
   */
  page(cursor?: string, size?: number): Page<TracedNode>
}

/** The genealogy, strongly consistent: every edge acknowledged before a question began is in its answer. */
export interface Genealogy {
  /** What the seeds may touch or come from, as numbers. */
  reach(request: TraceRequest): Promise<Reached>
  /** The same with grades, paths and the edges themselves. */
  trace(request: TraceRequest): Promise<Traced>
}
