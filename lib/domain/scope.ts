import { type AffectedNode, type AffectedParty, canonical, sha256, type Trace } from '#kit'
import type { LotState } from './lot.ts'
import { partiesOf } from './recall.ts'

/** What a recall touches, as it is written, counted and fingerprinted. */
export interface Scope {
  readonly nodes: readonly AffectedNode[]
  readonly parties: readonly AffectedParty[]
  readonly counts: { lots: number; units: number; customers: number; suppliers: number }
  readonly fingerprint: string
}

/** Makes a recall's scope from its trace and the lots it reached; the same for a drill and a real recall. */
export function scopeOf(
  seeds: readonly string[],
  trace: Pick<Trace, 'nodes' | 'edges'>,
  lots: ReadonlyMap<string, LotState>,
): Scope {
  const parties = [...partiesOf(seeds, trace.edges)].map(([partnerId, edges]): AffectedParty => {
    const customer = edges.some(({ kind }) => kind === 'ship')
    const mine = edges.filter(({ kind }) => (kind === 'ship') === customer)
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
    nodes: trace.nodes,
    parties,
    counts: {
      lots: lots.size - serials,
      units: serials,
      customers: parties.filter(({ role }) => role === 'customer').length,
      suppliers: parties.filter(({ role }) => role === 'supplier').length,
    },
    fingerprint: sha256(canonical({ nodes: trace.nodes.map(({ id }) => id), parties })),
  }
}
