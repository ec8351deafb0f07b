import { Partner } from '../../lib/domain/partner.ts'
import { nodeId } from '../../lib/kit/node.ts'
import type { Write } from '../../lib/kit/table.ts'
import type { OpenTable } from '../../test/cloud/table.ts'

/** Writes in one transaction, and edges in one item of the genealogy's tail. */
const [writesAtOnce, edgesAtOnce] = [100, 500]

/** The n-th consignee of a bench. */
export interface Consignee {
  readonly partnerId: string
  readonly email: string
}

const consignee = (name: string, n: number): Consignee => ({
  partnerId: `${Partner.prefix}_01BENCH${String(n).padStart(19, '0')}`,
  email: `${name}-${n}@consignees.example`,
})

/**
 * So many customers, each of whom got one piece of a lot: the states and edges that their definitions and shipments
 * would have written, without the hours that it would take people to ship ten thousand times.
 */
export async function shipToMany(
  { table }: OpenTable,
  lotId: string,
  { name, count, from = 0 }: { readonly name: string; readonly count: number; readonly from?: number },
): Promise<Consignee[]> {
  const all = Array.from({ length: count }, (_, n) => consignee(name, from + n))
  const partner = ({ partnerId, email }: Consignee, n: number): Write => ({
    kind: 'state',
    entity: Partner,
    expect: 0,
    next: {
      ...{ id: partnerId, version: 1, head: '', facts: 0 },
      data: Partner.like({
        ...{ code: `${name}-${from + n}`, name: `Consignee ${from + n}`, language: n % 2 ? 'zh' : 'en' },
        contacts: [{ name: 'Ward pharmacy', email }],
      }),
    },
  })
  await inTurn(all.map(partner), writesAtOnce, (writes) => table.transact(writes))

  const first = await table.lease(count)
  const at = new Date().toISOString()
  const edges = all.map(({ partnerId: party }, n) => {
    const to = nodeId('shp', Date.parse(at), first + n)
    const fact = { entityId: to, version: 1 }
    return { kind: 'ship' as const, from: lotId, to, at, recordedAt: at, quantity: 1, unit: 'each', party, fact }
  })
  // A freeze or a seal in between makes the epoch another one: then it is read again.
  await inTurn(edges, edgesAtOnce, async (some) => {
    const { epoch, tail } = await table.freeze([])
    return table.transact([
      { kind: 'epoch', epoch, tail, copy: 0 },
      { kind: 'edges', request: crypto.randomUUID(), epoch, tail, copy: 0, edges: some },
    ])
  })
  return all
}

/** How often a write is tried that others overtook. */
const attempts = 5

async function inTurn<T>(items: readonly T[], size: number, write: (some: T[]) => Promise<{ done: boolean }>) {
  for (let begin = 0; begin < items.length; begin += size) {
    const some = items.slice(begin, begin + size)
    let left = attempts
    while (!(await write(some)).done) if (--left === 0) throw new Error('the bench could not write what it needs')
  }
}
