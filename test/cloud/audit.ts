import { isDeepStrictEqual } from 'node:util'
import type { Item } from '../../lib/adapters/items.ts'
import { discover, factsOf } from '../../lib/discover.ts'
import { decodeDelta } from '../../lib/genealogy/delta.ts'
import type { Entity, FactType } from '../../lib/kit/entity.ts'
import { keys } from '../../lib/kit/keys.ts'
import { brokenAt, type LedgerFact } from '../../lib/kit/ledger.ts'
import { difference, exact } from '../../lib/kit/settle.ts'

const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

/** What the table holds, counted, and everything in it that contradicts itself. */
export interface Audit {
  readonly counts: {
    readonly entities: number
    readonly facts: number
    readonly balances: number
    readonly edges: number
    readonly answers: number
  }
  readonly problems: readonly string[]
}

interface Books {
  readonly byKey: ReadonlyMap<string, Item>
  readonly facts: readonly LedgerFact[]
  readonly types: ReadonlyMap<string, FactType>
  readonly problems: string[]
}

/**
 * Recomputes the whole table from its ledger and compares: states, chains, balances, genealogy, natural keys, answers.
 * A transaction that was written in part shows in at least one of them.
 */
export async function audit(items: readonly Item[]): Promise<Audit> {
  const types = new Map(factsOf(await discover(root)).map((fact) => [fact.type, fact]))
  const byKey = new Map(items.map((item) => [`${item.pk}/${item.sk}`, item]))
  const facts = items.flatMap((item) => (item.fact ? [item.fact as LedgerFact] : []))
  const books: Books = { byKey, facts, types, problems: [] }
  const entities = auditEntities(books)
  const balances = auditBalances(books, items)
  const edges = auditEdges(books, items)
  const answers = auditAnswers(books, items)
  return { counts: { entities, facts: facts.length, balances, edges, answers }, problems: books.problems }
}

function auditEntities({ byKey, facts, types, problems }: Books): number {
  const chains = Map.groupBy(facts, ({ entity, entityId }) => `${entity.toUpperCase()}#${entityId}`)
  const entities = new Map([...types.values()].map(({ entity }) => [entity.key, entity]))
  const states = [...byKey.values()].filter(({ pk, sk }) => sk === keys.state && entities.has(pk.split('#')[0]!))
  for (const { pk } of states) if (!chains.has(pk)) problems.push(`${pk} has a state and no facts`)
  for (const [pk, unsorted] of chains) {
    const chain = unsorted.sort((a, b) => a.version - b.version)
    const state = byKey.get(`${pk}/${keys.state}`)
    const broken = brokenAt(chain)
    if (broken !== undefined) problems.push(`the chain of ${pk} breaks at fact ${broken}`)
    if (!state) problems.push(`${pk} has ${chain.length} facts and no state`)
    else compareState(pk, state, chain, { types, problems, entity: entities.get(pk.split('#')[0]!)!, byKey })
  }
  return states.length
}

type Comparing = Pick<Books, 'types' | 'problems' | 'byKey'> & { readonly entity: Entity }

function compareState(pk: string, state: Item, chain: readonly LedgerFact[], books: Comparing) {
  const { types, problems, entity, byKey } = books
  if (state.facts !== chain.length) problems.push(`${pk} counts ${state.facts} facts and has ${chain.length}`)
  if (state.head !== chain.at(-1)!.hash) problems.push(`${pk} does not point at its last fact`)
  if ((state.version as number) < chain.length) problems.push(`${pk} is at version ${state.version}`)
  for (const [field, keyFor] of Object.entries(entity.unique)) {
    const value = keyFor(state.data)
    if (value === undefined) continue
    const owner = byKey.get(`${keys.unique(entity, field, value)}/${keys.state}`)
    if (owner?.id !== state.id) problems.push(`${pk} has the ${field} "${value}", which belongs to ${owner?.id}`)
  }
  // Where some changes are not kept as facts, the facts alone do not make the state.
  const allKept = [...types.values()].every((type) => type.entity !== entity || type.kept)
  if (!allKept || state.version !== chain.length) {
    if (allKept) problems.push(`${pk} is at version ${state.version} after ${chain.length} facts`)
    return
  }
  let replayed: any
  for (const fact of chain) {
    const current = replayed && { ...replayed, id: fact.entityId }
    replayed = entity.schema.parse(types.get(fact.type)!.apply(current, fact.data))
  }
  if (!isDeepStrictEqual(plain(replayed), plain(state.data))) problems.push(`${pk} is not what its facts make of it`)
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value))

function auditBalances({ byKey, facts, types, problems }: Books, items: readonly Item[]): number {
  const expected = new Map<string, number>()
  const add = (lotId: string, place: string, change: number) => {
    const key = `${keys.lot(lotId)}/${keys.at(place)}`
    expected.set(key, exact((expected.get(key) ?? 0) + change))
  }
  for (const fact of facts)
    for (const { lotId, from, to, quantity } of types.get(fact.type)?.stock?.(fact.data) ?? []) {
      if (from !== undefined) add(lotId, from, -quantity)
      add(lotId, to, quantity)
    }
  const balances = items.filter(({ pk, sk }) => pk.startsWith(keys.lot('')) && sk.startsWith(keys.atPrefix))
  const sums = new Map<string, number>()
  for (const { pk, sk, quantity } of balances) {
    const key = `${pk}/${sk}`
    const onHand = quantity as number
    if (Math.abs(onHand - (expected.get(key) ?? 0)) > 1e-6)
      problems.push(`${key} is ${onHand}; its facts move ${expected.get(key) ?? 0} there`)
    if (onHand < 0 && sk !== keys.at(difference)) problems.push(`${key} is negative: ${onHand}`)
    sums.set(pk, exact((sums.get(pk) ?? 0) + onHand))
  }
  for (const [key, quantity] of expected)
    if (quantity !== 0 && !byKey.has(key)) problems.push(`${key} is missing; its facts move ${quantity} there`)
  for (const [pk, sum] of sums) {
    const born = (byKey.get(`${pk}/${keys.state}`)?.data as any)?.quantity
    if (born !== sum) problems.push(`${pk} was born with ${born}; its balances add up to ${sum}`)
  }
  return balances.length
}

function auditEdges({ facts, types, problems }: Books, items: readonly Item[]): number {
  const wanted = new Map<string, number>()
  for (const { request, type, data } of facts) {
    const edges = types.get(type)?.edges?.(data) ?? []
    if (edges.length > 0) wanted.set(request, (wanted.get(request) ?? 0) + edges.length)
  }
  const deltas = new Map<string, number>()
  for (const { pk, sk, delta } of items.filter(({ pk }) => pk.startsWith('GENEALOGY#TAIL#'))) {
    if (deltas.has(sk)) problems.push(`request ${sk} drew its edges twice, the second time in ${pk}`)
    deltas.set(sk, decodeDelta(delta as Uint8Array).length)
    if (!wanted.has(sk)) problems.push(`request ${sk} drew edges and recorded no fact`)
  }
  for (const [request, count] of wanted) {
    const written = deltas.get(request) ?? 0
    if (written !== count) problems.push(`request ${request} drew ${written} edges; its facts draw ${count}`)
  }
  return [...wanted.values()].reduce((sum, count) => sum + count, 0)
}

function auditAnswers({ byKey, problems }: Books, items: readonly Item[]): number {
  const answers = items.filter(({ pk }) => pk.startsWith(keys.answer('')))
  for (const { pk, answer } of answers)
    for (const { entity, id, version } of ((answer as any).body?.facts ?? []) as any[])
      if (!byKey.has(`${entity.toUpperCase()}#${id}/${keys.fact(version)}`))
        problems.push(`${pk} was answered with fact ${version} of ${entity} ${id}, which is not there`)
  return answers.length
}
