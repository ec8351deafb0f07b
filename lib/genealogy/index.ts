import type * as z from 'zod'
import { Lot, type LotState } from '#domain/lot'
import { entityOfNode, entityOfPlace } from '#domain/nodes'
import { type Scope, scopeOf } from '#domain/scope'
import { seedOf } from '#domain/seeds'
import { type Affected, countPlaces, type LocatedNode, locatedNode, type PlaceCount } from '#domain/whereabouts'
import { type Ports, type Refusal, refuse, type Traced, type TracedNode } from '#kit'

/** Nodes on one page: the balances of each are read. */
export const nodesAtOnce = 200

const isLot = (id: string) => id.startsWith(`${Lot.prefix}_`)

/** States of the nodes and places that these ids name; words such as `scrapped` have none. */
async function statesOf(ids: Iterable<string>, table: Ports['table']) {
  const wanted = [...new Set(ids)].flatMap((id) => {
    const entity = entityOfPlace(id)
    return entity ? [{ entity, id }] : []
  })
  const found = await table.states(wanted)
  return new Map(found.flatMap((stored) => (stored ? [[stored.id, stored.data] as const] : [])))
}

/** Every node of a trace, page by page. */
function* nodesOf(traced: Traced): Generator<TracedNode> {
  let cursor: string | undefined
  do {
    const { items, next } = traced.page(cursor)
    yield* items
    cursor = next
  } while (cursor !== undefined)
}

/**
 * Traces the seeds to all they touch, and back to who delivered them: the scope of a recall as of now. Suspicion does
 * not enter what is excluded.
 */
export async function traceScope(
  seeds: readonly string[],
  ports: Pick<Ports, 'genealogy' | 'table'>,
  exclude: readonly string[] = [],
): Promise<Scope> {
  const from = seeds.map(seedOf)
  const [forward, backward] = await Promise.all([
    ports.genealogy.trace({ seeds: from, direction: 'forward', exclude }),
    ports.genealogy.trace({ seeds: from, direction: 'backward', exclude }),
  ])
  const nodes = [...nodesOf(forward)].filter(({ grade }) => grade !== 'excluded')
  const touched = new Set(nodes.map(({ id }) => id))
  const deliveries = [...nodesOf(backward)].flatMap(({ edges }) => edges.filter(({ kind }) => kind === 'receive'))
  const states = await statesOf(nodes.map(({ id }) => id).filter(isLot), ports.table)
  const lots = new Map([...states].map(([id, state]) => [id, state as LotState]))
  const edges = [...nodes.flatMap((node) => node.edges.filter((edge) => touched.has(edge.from))), ...deliveries]
  return scopeOf(seeds, nodes, edges, lots)
}

/** Says of each affected node what it is and where it is now, strongly consistent. */
export async function locate(
  nodes: readonly Affected[],
  table: Ports['table'],
): Promise<z.infer<typeof LocatedNode>[]> {
  const balances = await Promise.all(nodes.map(({ id }) => (isLot(id) ? table.balances(id) : [])))
  const places = balances.flatMap((some) => some.map(({ place }) => place))
  const states = await statesOf([...nodes.map(({ id }) => id), ...places], table)
  return nodes.map((node, index) => locatedNode(node, balances[index]!, states))
}

/** Places of all lots of a trace; undefined where there are more of them than one answer reads. */
export async function placesOf(
  traced: Traced,
  table: Ports['table'],
): Promise<z.infer<typeof PlaceCount>[] | undefined> {
  const lots = traced.counts.filter(({ prefix }) => prefix === Lot.prefix).reduce((sum, { count }) => sum + count, 0)
  if (lots > nodesAtOnce) return undefined
  return countPlaces(
    await locate(
      [...nodesOf(traced)].filter(({ id }) => isLot(id)),
      table,
    ),
  )
}

/** Refuses the first of these nodes that does not exist. */
export async function unknownNode(
  ids: readonly string[],
  field: string,
  table: Ports['table'],
): Promise<Refusal<'entity-unknown'> | undefined> {
  const states = await statesOf(ids, table)
  const id = ids.find((one) => !states.has(one))
  return id === undefined ? undefined : refuse('entity-unknown', { name: entityOfNode(id)?.name, id, field })
}
