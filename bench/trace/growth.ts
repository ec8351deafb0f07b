import type { Row } from './compare.ts'

/** What the trace of a hub costs in a past of so many edges. */
export interface Size {
  readonly edges: number
  readonly rows: number
  readonly calls: number
  readonly readUnits: number
}

/** What it costs where much was booked late, or much is not sealed yet. */
export interface Disorder extends Size {
  readonly late: number
  readonly tail: number
  readonly sealing: number
}

export const sizeOf = (edges: number, { rows, calls, readUnits }: Row): Size => ({ edges, rows, calls, readUnits })

/** Power of the edges with which a number grows from the first to the last size: 1 is in proportion. */
export function slope(sizes: readonly Size[], of: Exclude<keyof Size, 'edges'>): number {
  const [first, last] = [sizes[0]!, sizes.at(-1)!]
  return Number((Math.log(last[of] / first[of]) / Math.log(last.edges / first.edges)).toFixed(2))
}
