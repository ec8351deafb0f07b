import type * as z from 'zod'
import { Lot, type LotState } from '#domain/lot'
import { entityOfNode, entityOfPlace } from '#domain/nodes'
import type { RecallState } from '#domain/recall'
import { type Scope, scopeOf } from '#domain/scope'
import { seedOf } from '#domain/seeds'
import { type Affected, countPlaces, type LocatedNode, locatedNode, type PlaceCount } from '#domain/whereabouts'
import { canonical, type Ports, type Refusal, refuse, sha256, type Traced, type TracedNode } from '#kit'

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

/** What a recall's scope is traced from. */
interface Suspicion {
  readonly seeds: readonly string[]
  readonly exclude: readonly string[]
  readonly openedAt: string
}

/** A recall's question to the genealogy. */
export const suspicionOf = ({ seeds, exclusions, openedAt }: RecallState): Suspicion => ({
  ...{ seeds, openedAt },
  exclude: exclusions.map(({ lotId }) => lotId),
})

/** All that suspicion can reach, and back to who delivered it. */
function traceBothWays({ seeds, exclude }: Suspicion, genealogy: Ports['genealogy']) {
  const from = seeds.map(seedOf)
  return Promise.all([
    genealogy.trace({ seeds: from, direction: 'forward', exclude }),
    genealogy.trace({ seeds: from, direction: 'backward', exclude }),
  ])
}

/** SHA-256 of all in two traces that a recall's scope is made of; quick, as no node is looked at. */
const signatureOf = (forward: Traced, backward: Traced) =>
  sha256(
    canonical({
      ...{ fingerprint: forward.fingerprint, counts: forward.counts, parties: forward.parties },
      deliveries: backward.parties.filter(({ kind }) => kind === 'receive'),
    }),
  )

/** Signature of a recall's scope as of now: while it is the recorded one, there is nothing to trace again. */
export const scopeSignature = async (suspicion: Suspicion, { genealogy }: Pick<Ports, 'genealogy'>) =>
  signatureOf(...(await traceBothWays(suspicion, genealogy)))

/**
 * Node numbers that a freeze begins with. All that suspicion can reach, in a tenth of the time that grades take; of
 * equipment that was suspect for a time, that would be all it ever made, so there only what grades leave.
 */
export async function reachOf({ seeds, exclude }: Suspicion, { genealogy }: Pick<Ports, 'genealogy'>) {
  const request = { seeds: seeds.map(seedOf), direction: 'forward' as const, exclude }
  const { numbers } = request.seeds.some(({ from }) => from !== undefined)
    ? await genealogy.trace(request)
    : await genealogy.reach(request)
  return numbers
}

/**
 * Traces the seeds to all they touch, and back to who delivered them: the scope of a recall as of now. Suspicion does
 * not enter what is excluded.
 */
export async function traceScope(
  suspicion: Suspicion,
  ports: Pick<Ports, 'genealogy' | 'table'>,
): Promise<Scope & { readonly signature: string; readonly numbers: Uint32Array }> {
  const [forward, backward] = await traceBothWays(suspicion, ports.genealogy)
  const nodes = [...nodesOf(forward)].filter(({ grade }) => grade !== 'excluded')
  const touched = new Set(nodes.map(({ id }) => id))
  const deliveries = [...nodesOf(backward)].flatMap(({ edges }) => edges.filter(({ kind }) => kind === 'receive'))
  const states = await statesOf(nodes.map(({ id }) => id).filter(isLot), ports.table)
  const lots = new Map([...states].map(([id, state]) => [id, state as LotState]))
  const edges = [...nodes.flatMap((node) => node.edges.filter((edge) => touched.has(edge.from))), ...deliveries]
  const scope = scopeOf(suspicion.seeds, nodes, edges, lots, suspicion.openedAt)
  return { ...scope, signature: signatureOf(forward, backward), numbers: forward.numbers }
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
