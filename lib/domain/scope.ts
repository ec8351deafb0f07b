import { type AffectedNode, type AffectedParty, canonical, type StoredEdge, sha256, type TracedNode } from '#kit'
import type { LotState } from './lot.ts'
import { partiesOf } from './recall.ts'

/** What a recall touches, as it is written, counted and fingerprinted. */
export interface Scope {
  readonly nodes: readonly AffectedNode[]
  readonly parties: readonly AffectedParty[]
  readonly counts: { lots: number; units: number; customers: number; suppliers: number }
  readonly fingerprint: string
}

/** Makes a recall's scope from the nodes of its trace, their edges and their lots; the same for a drill and a real recall. */
export function scopeOf(
  seeds: readonly string[],
  traced: readonly TracedNode[],
  edges: readonly StoredEdge[],
  lots: ReadonlyMap<string, LotState>,
): Scope {
  const nodes = traced.flatMap(({ id, grade, rule, path }): AffectedNode[] =>
    grade === 'excluded' ? [] : [{ id, grade, rule, path }],
  )
  const parties = [...partiesOf(seeds, edges)].map(([partnerId, crossing]): AffectedParty => {
    const customer = crossing.some(({ kind }) => kind === 'ship')
    const mine = crossing.filter(({ kind }) => (kind === 'ship') === customer)
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
  return {
    nodes,
    parties,
    counts: {
      lots: lots.size - serials,
      units: serials,
      customers: parties.filter(({ role }) => role === 'customer').length,
      suppliers: parties.filter(({ role }) => role === 'supplier').length,
    },
    fingerprint: sha256(canonical({ nodes: nodes.map(({ id, grade, rule }) => ({ id, grade, rule })), parties })),
  }
}
