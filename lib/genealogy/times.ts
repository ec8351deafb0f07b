import { codeOf, type EdgeColumns } from './columns.ts'
import type { Part } from './part.ts'
import type { Direction } from './reach.ts'

const pack = codeOf('pack')
const run = codeOf('run')

/** Which times count: all of them, or only those a person or machine stated. */
export type Trust = 'all' | 'stated'

/** The span of time in which what is suspect is at a node: it came at `arrival` and, in a pack, left it at `limit`. */
export interface Span {
  readonly arrival: number
  readonly limit: number
}

/**
 * The time rule of one walk. Backward is forward with the clock turned round, so that a departure is an arrival
 * and one walk serves both directions.
 */
export class Times {
  private readonly columns: EdgeColumns
  private readonly isPack: Uint8Array
  private readonly from: Uint32Array
  private readonly forward: boolean
  private readonly trustAll: boolean

  constructor({ columns, isPack, from }: Part, direction: Direction, trust: Trust) {
    this.columns = columns
    this.isPack = isPack
    this.from = from
    this.forward = direction === 'forward'
    this.trustAll = trust === 'all'
  }

  /** The window of a seed as the walk sees it. */
  window(from: number, until: number): Span {
    return this.forward ? { arrival: from, limit: until } : { arrival: -until, limit: -from }
  }

  /** Whether the edge had not ended when the suspect came. */
  inTime(edge: number, arrival: number): boolean {
    return this.end(edge) >= arrival
  }

  /** Whether the edge began before the suspect left; backward only a pack asks who was in it then. */
  stillThere(edge: number, limit: number): boolean {
    return this.start(edge) <= limit || !(this.forward || this.columns.kind[edge] === pack)
  }

  arrivalAfter(edge: number, arrival: number): number {
    return Math.max(arrival, this.start(edge))
  }

  /** What left an inner pack left the outer one too; anywhere else nothing limits it. */
  limitAfter(edge: number, limit: number): number {
    const packs = this.columns.kind[edge] === pack
    if (this.forward) return packs ? Math.min(limit, this.end(edge)) : Number.POSITIVE_INFINITY
    if (!this.isPack[this.from[edge]!]) return Number.POSITIVE_INFINITY
    return packs ? Math.min(limit, this.end(edge)) : this.end(edge)
  }

  start(edge: number): number {
    if (this.unknown(edge)) return Number.NEGATIVE_INFINITY
    return this.forward ? this.columns.at[edge]! : -this.until(edge)
  }

  end(edge: number): number {
    if (this.unknown(edge)) return Number.POSITIVE_INFINITY
    return this.forward ? this.until(edge) : -this.columns.at[edge]!
  }

  private unknown(edge: number): boolean {
    return !(this.trustAll || this.columns.stated[edge] === 1)
  }

  /** A run or a packing without an end goes on, one that ends before it was posted is a moment; so is everything else. */
  private until(edge: number): number {
    const { kind, at, until } = this.columns
    if (kind[edge] !== pack && kind[edge] !== run) return at[edge]!
    return Number.isNaN(until[edge]!) ? Number.POSITIVE_INFINITY : Math.max(at[edge]!, until[edge]!)
  }
}
