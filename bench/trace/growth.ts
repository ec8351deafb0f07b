import type { Questions } from './compare.ts'
import type { Past } from './factory.ts'
import { segments } from './segments.ts'

/** What the trace of a hub costs in a past of so many edges. */
export interface Size {
  readonly edges: number
  readonly rows: number
  readonly calls: number
  readonly readUnits: number
  readonly peakMb: number
}

/** Measures one size, in a table of its own. */
export async function sizeOfHub(
  { graph, hub }: Past,
  { hub: asked }: Questions,
  { folder, port, tail }: { readonly folder: string; readonly port: number; readonly tail: number },
): Promise<Size> {
  const engine = await segments(graph, tail, folder, port)
  try {
    const { numbers, calls, readUnits } = await engine.trace(hub, 'forward')
    if (numbers.length !== asked.rows) throw new Error(`the hub reaches ${asked.rows} nodes, not ${numbers.length}`)
    return { edges: graph.length, rows: numbers.length, calls, readUnits, peakMb: engine.peakMb() }
  } finally {
    await engine.stop()
  }
}

/** Power of the edges with which a number grows from the first to the last size: 1 is in proportion. */
export function slope(sizes: readonly Size[], of: 'calls' | 'readUnits' | 'rows'): number {
  const [first, last] = [sizes[0]!, sizes.at(-1)!]
  return Number((Math.log(last[of] / first[of]) / Math.log(last.edges / first.edges)).toFixed(2))
}
