import { Lot, type LotState } from '#domain/lot'
import { type Scope, scopeOf } from '#domain/scope'
import type { Ports } from '#kit'

/** Traces the seeds forward and reads the lots that the trace reached: the scope of a recall as of now. */
export async function traceScope(seeds: readonly string[], ports: Pick<Ports, 'genealogy' | 'table'>): Promise<Scope> {
  const trace = await ports.genealogy.trace(seeds, 'forward')
  const ids = trace.nodes.map(({ id }) => id).filter((id) => id.startsWith(`${Lot.prefix}_`))
  const found = await ports.table.states(ids.map((id) => ({ entity: Lot, id })))
  const lots = found.flatMap((stored): [string, LotState][] => (stored ? [[stored.id, stored.data as LotState]] : []))
  return scopeOf(seeds, trace, new Map(lots))
}
