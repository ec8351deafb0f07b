import { type AffectedNode, type AffectedParty, canonical, type StoredEdge, sha256, type TracedNode } from '#kit'
import type { LotState } from './lot.ts'
import { goodsOf } from './notice.ts'
import { partiesOf, type ScopePass } from './recall.ts'

/** What a recall touches, as it is written, counted and fingerprinted. */
export interface Scope {
  readonly nodes: readonly Omit<AffectedNode, 'since'>[]
  readonly parties: readonly AffectedParty[]
  readonly counts: ScopePass['counts']
  readonly fingerprint: string
  readonly meanwhile: ScopePass['meanwhile']
}

/**
 * Makes a recall's scope from the nodes of its trace, their edges and their lots; the same for a drill and a real
 * recall. `openedAt` is since when what is shipped counts as shipped meanwhile.
 */
export function scopeOf(
  seeds: readonly string[],
  traced: readonly TracedNode[],
  edges: readonly StoredEdge[],
  lots: ReadonlyMap<string, LotState>,
  openedAt: string,
): Scope {
  const nodes = traced.flatMap(({ id, grade, rule, path }) => (grade === 'excluded' ? [] : [{ id, grade, rule, path }]))
  const parties = [...partiesOf(seeds, edges)].map(([partnerId, crossing]): AffectedParty => {
    const customer = crossing.some(({ kind }) => kind !== 'receive')
    const mine = crossing.filter(({ kind }) => (kind !== 'receive') === customer)
    return {
      partnerId,
      role: customer ? 'customer' : 'supplier',
      lots: mine.map(({ from, to, quantity = 0, unit = '' }) => {
        const lotId = customer ? from : to
        const lot = lots.get(lotId)
        return { lotId, number: lot?.number ?? lotId, serial: lot?.serial, quantity, unit }
      }),
    }
  })
  const serials = [...lots.values()].filter(({ serial }) => serial !== undefined).length
  const shipped = edges.filter(({ kind, recordedAt }) => kind === 'ship' && recordedAt > openedAt)
  return {
    nodes,
    parties,
    counts: { lots: lots.size - serials, units: serials, ...partyCounts(parties) },
    fingerprint: fingerprintOf(nodes, parties),
    meanwhile: {
      lots: new Set(shipped.map(({ from }) => from)).size,
      shipments: new Set(shipped.map(({ to }) => to)).size,
    },
  }
}

const countOf = (parties: readonly AffectedParty[], role: AffectedParty['role']) =>
  parties.filter((party) => party.role === role).length

const partyCounts = (parties: readonly AffectedParty[]) => ({
  customers: countOf(parties, 'customer'),
  suppliers: countOf(parties, 'supplier'),
})

const fingerprintOf = (nodes: Scope['nodes'], parties: readonly AffectedParty[]) =>
  sha256(canonical({ nodes: nodes.map(({ id, grade, rule }) => ({ id, grade, rule })), parties }))

/** A scope with those whom its customers passed it on to. */
export function withSubAccounts(scope: Scope, subAccounts: readonly AffectedParty[]): Scope {
  if (subAccounts.length === 0) return scope
  const parties = [...scope.parties, ...subAccounts]
  return {
    ...scope,
    parties,
    counts: { ...scope.counts, ...partyCounts(parties) },
    fingerprint: fingerprintOf(scope.nodes, parties),
  }
}

/** What is new in a scope against what was known before this pass, and the same in numbers. */
export function changeOf(
  pass: number,
  scope: Scope,
  known: { readonly nodes: readonly AffectedNode[]; readonly parties: readonly AffectedParty[] },
) {
  const before = new Map(known.nodes.map((node) => [node.id, node]))
  const now = new Set(scope.nodes.map(({ id }) => id))
  const nodes = scope.nodes.flatMap((node): AffectedNode[] => {
    const then = before.get(node.id)
    const same = then?.grade === node.grade && then.rule === node.rule
    return same ? [] : [{ ...node, since: then?.since ?? pass }]
  })
  const left = known.nodes.flatMap(({ id }) => (now.has(id) ? [] : [id]))
  const entered = nodes.filter(({ since }) => since === pass)
  const { parties, ...partyChange } = partyChangeOf(scope.parties, known.parties)
  return {
    written: { nodes, left, parties },
    change: {
      ...{ entered: entered.length, regraded: nodes.length - entered.length, left: left.length },
      parties: partyChange,
    },
    examples: { entered: entered.slice(0, 50).map(({ id }) => id), left: left.slice(0, 50) },
    supplement:
      pass > 1 &&
      parties.some(({ role, lots, partnerId }) => role === 'customer' && grew(lots, partnerId, known.parties)),
  }
}

function partyChangeOf(parties: readonly AffectedParty[], known: readonly AffectedParty[]) {
  const before = new Map(known.map((party) => [party.partnerId, party]))
  const now = new Set(parties.map(({ partnerId }) => partnerId))
  const had = (one: AffectedParty) => (before.get(one.partnerId)?.lots.length ?? 0) > 0
  const other = parties.filter((one) => {
    const then = before.get(one.partnerId)
    return !then || then.role !== one.role || goodsOf(then) !== goodsOf(one)
  })
  const gone = known.flatMap((one) => (now.has(one.partnerId) || !had(one) ? [] : [{ ...one, lots: [] }]))
  const changed = other.filter(had).length
  return { parties: [...other, ...gone], entered: other.length - changed, changed, left: gone.length }
}

/** Whether a party got something that it was not told of. */
function grew(lots: AffectedParty['lots'], partnerId: string, known: readonly AffectedParty[]): boolean {
  const told = known.find((one) => one.partnerId === partnerId)?.lots ?? []
  const sums = new Map<string, number>()
  for (const { lotId, quantity } of told) sums.set(lotId, (sums.get(lotId) ?? 0) - quantity)
  for (const { lotId, quantity } of lots) sums.set(lotId, (sums.get(lotId) ?? 0) + quantity)
  return [...sums.values()].some((more) => more > 0)
}
