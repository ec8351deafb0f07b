import type { Context } from './command.ts'
import { type Edge, type Entity, type Fact, type StockMove, subjectOf } from './entity.ts'
import { type LedgerFact, seal } from './ledger.ts'
import { numberOf, placeOf, segmentOf } from './node.ts'
import type { StoredEdge } from './ports.ts'
import { type Signature, signInLife } from './signature.ts'
import type { Answer, Freeze, Stored, Write } from './table.ts'

/** DynamoDB's limit of items in one transaction. */
const transactionLimit = 100
/** The epoch is kept in this many copies, so that concurrent checks of it do not meet on one item. */
export const epochCopies = 64
/** Commands that draw edges use only the first of them, which also say into which tail the edges go: a seal changes each. */
export const tailCopies = 16
/**
 * Edges along which a freeze is inherited: what is made from a frozen lot, or under a frozen process change, is born
 * frozen. Not `run` and `repair`: equipment was suspect for a time, not for good. Nothing frozen is packed, shipped or
 * installed.
 */
const inheriting = new Set<Edge['kind']>([
  'receive',
  'consume',
  'produce',
  'assemble',
  'split',
  'merge',
  'rework',
  'change',
])
/** Nodes whose freeze passes on to what these facts make. */
export function inheritedFrom(facts: readonly Fact[]): string[] {
  const edges = facts.flatMap((fact): readonly Edge[] => fact.of.edges?.(fact.data) ?? [])
  return edges.filter(({ kind }) => inheriting.has(kind)).map(({ from }) => from)
}

/** The one place that may go below zero: what a count found more or less than the books say. */
export const difference = 'difference'

/** A state that the command read, with what stood there. */
export interface Seen {
  readonly entity: Entity
  readonly id: string
  readonly stored: Stored | undefined
}

export interface Settling {
  readonly command: string
  readonly request: string
  readonly context: Pick<Context, 'now' | 'actor'>
  readonly seen: readonly Seen[]
  readonly facts: readonly Fact[]
  /** Set where the command can draw edges or must be free. */
  readonly freeze?: Freeze | undefined
  /** Which copy of the epoch to check, 0 to 63. */
  readonly epochCopy: number
  /** The signature of the actor, which all facts keep. */
  readonly signature?: Signature | undefined
  /** Where the answer is kept when the request carries an idempotency key. */
  readonly keep?: { readonly key: string; readonly bodyHash: string; readonly expires: number } | undefined
}

export interface Settlement {
  readonly writes: readonly Write[]
  readonly ledger: readonly LedgerFact[]
  readonly answer: Answer
}

/** Turns decided facts into the one transaction that records them; pure, so that it can be tested without a table. */
export function settle(settling: Settling): Settlement {
  const { states, ledger, edges } = applyFacts(settling)
  const answer = answerOf(settling, ledger)
  const writes = [
    ...stateWrites(settling.seen, states),
    ...ledger.map(({ fact, entity }): Write => ({ kind: 'fact', fact, entity })),
    ...stockWrites(settling.facts.flatMap((fact) => fact.of.stock?.(fact.data) ?? [])),
    ...edgeWrites(settling, edges),
    ...freezeWrites(settling, edges),
    ...(settling.keep ? [answerWrite(settling.keep, answer)] : []),
    ...signInWrites(settling),
  ]
  if (writes.length > transactionLimit)
    throw new Error(
      `${settling.command} would write ${writes.length} items at once; ${transactionLimit} is the limit. Lower the ".max(n)" of its list in its input schema.`,
    )
  return { writes, ledger: ledger.map(({ fact }) => fact), answer }
}

interface Working {
  readonly entity: Entity
  readonly before: Stored | undefined
  readonly now: Stored
}

const keyOf = (entity: Entity, id: string) => `${entity.key}#${id}`

function applyFacts({ command, request, context, seen, facts, signature }: Settling) {
  const states = new Map<string, Working>()
  const ledger: { fact: LedgerFact; entity: Entity }[] = []
  const edges: StoredEdge[] = []
  const stood = new Map(seen.map((one) => [keyOf(one.entity, one.id), one.stored]))
  for (const fact of facts) {
    const { entity } = fact.of
    const id = subjectOf(fact)
    const key = keyOf(entity, id)
    const before = stood.get(key)
    const current = states.get(key)?.now ?? before
    if (!fact.of.births && !current)
      throw new Error(
        `${command} decided ${fact.type} on ${entity.name} ${id}, which it does not read. Add it to "reads".`,
      )
    if (fact.of.births && current)
      throw new Error(
        `${command} decided ${fact.type}, but ${entity.name} ${id} exists already. Read it with ".orAbsent()" and refuse.`,
      )
    const data = fact.of.schema.parse(fact.data)
    const next = entity.schema.parse(fact.of.apply(current && { ...current.data, id }, data))
    let [number, head] = [current?.facts ?? 0, current?.head ?? '']
    if (fact.of.kept) {
      number += 1
      const sealed = seal({
        entity: entity.name,
        entityId: id,
        version: number,
        area: entity.area,
        type: fact.type,
        data,
        at: context.now,
        by: { sub: context.actor.sub, name: context.actor.name },
        command,
        request,
        ...(signature ? { signature } : {}),
        previous: head,
      })
      head = sealed.hash
      ledger.push({ fact: sealed, entity })
    }
    const drawn = fact.of.edges?.(data) ?? []
    edges.push(...drawn.map((edge) => storedEdge(edge, context.now, { entityId: id, version: number })))
    states.set(key, {
      entity,
      before,
      now: { id, version: (before?.version ?? 0) + 1, facts: number, head, data: next },
    })
  }
  return { states, ledger, edges }
}

/** An edge as it is stored: with the fact that drew it, and the time of its posting where nobody stated another. */
export const storedEdge = ({ at, ...edge }: Edge, now: string, fact: StoredEdge['fact']): StoredEdge => ({
  ...edge,
  ...(at ? { at, stated: true } : { at: now }),
  recordedAt: now,
  fact,
})

function stateWrites(seen: readonly Seen[], states: ReadonlyMap<string, Working>): Write[] {
  const puts = [...states.values()].flatMap(({ entity, before, now }): Write[] => [
    { kind: 'state', entity, expect: before?.version ?? 0, next: now },
    ...underWrites(entity, now),
    ...uniqueWrites(entity, before, now),
  ])
  const relied = new Map(seen.map((one) => [keyOf(one.entity, one.id), one]))
  const checks = [...relied]
    .filter(([key]) => !states.has(key))
    .map(([, { entity, id, stored }]): Write => ({ kind: 'check', entity, id, expect: stored?.version ?? 0 }))
  return [...puts, ...checks]
}

function underWrites(entity: Entity, next: Stored): Write[] {
  const about = entity.under?.(next.data)
  return about === undefined ? [] : [{ kind: 'under', entity, about, next }]
}

function uniqueWrites(entity: Entity, before: Stored | undefined, now: Stored): Write[] {
  return Object.entries(entity.unique).flatMap(([field, keyFor]): Write[] => {
    const [old, value] = [before && keyFor(before.data), keyFor(now.data)]
    if (old === value) return []
    return [
      ...(value === undefined ? [] : [{ kind: 'unique' as const, entity, field, value, id: now.id }]),
      ...(old === undefined ? [] : [{ kind: 'retire' as const, entity, field, value: old, id: now.id }]),
    ]
  })
}

/** Quantities have at most six decimals, so that sums are exact. */
export const exact = (quantity: number) => Math.round(quantity * 1e6) / 1e6

function stockWrites(moves: readonly StockMove[]): Write[] {
  const changes = new Map<string, { lotId: string; itemId: string; place: string; change: number }>()
  const post = (move: StockMove, place: string, change: number) => {
    const key = `${move.lotId}@${place}`
    const sum = exact((changes.get(key)?.change ?? 0) + change)
    changes.set(key, { lotId: move.lotId, itemId: move.itemId, place, change: sum })
  }
  for (const move of moves) {
    if (move.from !== undefined) post(move, move.from, -move.quantity)
    post(move, move.to, move.quantity)
  }
  return [...changes.values()]
    .filter(({ change }) => change !== 0)
    .map((one): Write => ({ kind: 'stock', ...one, mayOwe: one.place === difference }))
}

function edgeWrites({ command, request, freeze, epochCopy }: Settling, edges: readonly StoredEdge[]): Write[] {
  if (edges.length === 0) return []
  if (!freeze) throw new Error(`${command} draws an edge by a fact that it does not name. Add the fact to "emits".`)
  return [{ kind: 'edges', request, epoch: freeze.epoch, tail: freeze.tail, copy: epochCopy % tailCopies, edges }]
}

function freezeWrites({ freeze, epochCopy }: Settling, edges: readonly Edge[]): Write[] {
  if (!freeze) return []
  const { epoch, tail } = freeze
  const check: Write =
    edges.length > 0
      ? { kind: 'epoch', epoch, copy: epochCopy % tailCopies, tail }
      : { kind: 'epoch', epoch, copy: epochCopy }
  return [check, ...bornFrozen(freeze, edges)]
}

/** Marks of what is made from frozen nodes: one item a segment, however many nodes and recalls. */
function bornFrozen({ epoch, recalls }: Freeze, edges: readonly Edge[]): Write[] {
  const covered = new Map(recalls)
  const born = new Map<number, Map<string, number[]>>()
  for (const { kind, from, to } of edges) {
    if (!inheriting.has(kind)) continue
    const had = covered.get(to) ?? []
    const inherited = (covered.get(from) ?? []).filter((recall) => !had.includes(recall))
    covered.set(to, [...had, ...inherited])
    const [segment, place] = [segmentOf(numberOf(to)), placeOf(numberOf(to))]
    for (const recall of inherited) {
      const places = born.get(segment) ?? new Map<string, number[]>()
      born.set(segment, places.set(recall, [...(places.get(recall) ?? []), place]))
    }
  }
  return [...born].map(([segment, places]) => ({ kind: 'frozen', segment, places, epoch }))
}

function answerOf({ facts }: Settling, ledger: readonly { fact: LedgerFact }[]): Answer {
  const recorded = ledger.map(({ fact }) => ({
    type: fact.type,
    entity: fact.entity,
    id: fact.entityId,
    version: fact.version,
    at: fact.at,
    data: fact.data,
  }))
  return { bodyHash: '', status: facts.some((fact) => fact.of.births) ? 201 : 200, body: { facts: recorded } }
}

const answerWrite = (keep: NonNullable<Settling['keep']>, answer: Answer): Write => ({
  kind: 'answer',
  key: keep.key,
  answer: { ...answer, bodyHash: keep.bodyHash },
  expires: keep.expires,
})

/** Kept a little longer than the sign-in may sign, since clocks differ. */
function signInWrites({ signature, context: { actor } }: Settling): Write[] {
  if (!signature) return []
  const { at, id } = actor.signIn!
  return [{ kind: 'signIn', sub: actor.sub, id, expires: Math.floor(Date.parse(at) / 1000) + 10 * signInLife }]
}
