import type * as z from 'zod'
import { Lot, type LotState } from '#domain/lot'
import { type Scope, scopeOf } from '#domain/scope'
import { type TracedNode, tracedNode } from '#domain/whereabouts'
import type { Ports } from '#kit'

const isLot = (id: string) => id.startsWith(`${Lot.prefix}_`)

async function lotsOf(ids: readonly string[], table: Ports['table']): Promise<Map<string, LotState>> {
  const found = await table.states(ids.filter(isLot).map((id) => ({ entity: Lot, id })))
  return new Map(
    found.flatMap((stored): [string, LotState][] => (stored ? [[stored.id, stored.data as LotState]] : [])),
  )
}

/** Traces the seeds to all they touch, and back to who delivered them: the scope of a recall as of now. */
export async function traceScope(seeds: readonly string[], ports: Pick<Ports, 'genealogy' | 'table'>): Promise<Scope> {
  const [trace, origin] = await Promise.all([
    ports.genealogy.trace(seeds, 'forward'),
    ports.genealogy.trace(seeds, 'backward'),
  ])
  const deliveries = origin.edges.filter(({ kind }) => kind === 'receive')
  const lots = await lotsOf(
    trace.nodes.map(({ id }) => id),
    ports.table,
  )
  return scopeOf(seeds, { nodes: trace.nodes, edges: [...trace.edges, ...deliveries] }, lots)
}

/** Says of each traced node what it is and where it is now, strongly consistent. */
export async function locate(
  nodes: readonly { readonly id: string; readonly path: readonly string[] }[],
  table: Ports['table'],
): Promise<z.infer<typeof TracedNode>[]> {
  const lots = await lotsOf(
    nodes.map(({ id }) => id),
    table,
  )
  return Promise.all(
    nodes.map(async (node) => tracedNode(node, lots.get(node.id), isLot(node.id) ? await table.balances(node.id) : [])),
  )
}
