import { setTimeout as pause } from 'node:timers/promises'
import { handler as splitLot } from '../../lambdas/warehouse/split-lot.ts'
import { table } from '../../lib/adapters/table.ts'
import { Item } from '../../lib/domain/item.ts'
import { Location } from '../../lib/domain/location.ts'
import { Lot } from '../../lib/domain/lot.ts'
import type { Entity } from '../../lib/kit/entity.ts'
import { nodeId } from '../../lib/kit/node.ts'
import { nodeNumbers } from '../../lib/kit/numbers.ts'
import { run } from '../../lib/kit/run.ts'
import type { Write } from '../../lib/kit/table.ts'

const actor = { sub: 'usr-bench', name: 'Bench', roles: ['warehouse'], sites: ['*'] } as const
const ofEdges: readonly Write['kind'][] = ['edges', 'epoch']

/** A lot with a number from `end` on is split by the product's own command: the items of its transaction, and those that its edge adds. */
export async function splitOneLot(end: number): Promise<{ readonly items: number; readonly forEdges: number }> {
  // The made-up past has leased nothing.
  await table.lease(end)
  const numbers = nodeNumbers((count) => table.lease(count), Date.now)
  await numbers.ready()
  const [itemId, locationId] = [Item.sample(), Location.sample(1)]
  const lotId = nodeId('lot', Date.now(), numbers.next())
  const put = (entity: Entity, id: string, data: Readonly<Record<string, unknown>>): Write => ({
    ...{ kind: 'state', entity, expect: 0 },
    next: { id, version: 1, head: '', facts: 0, data },
  })
  // What the freeze has put there already stays.
  await table.transact([put(Item, itemId, Item.like())])
  await table.transact([put(Location, locationId, Location.like({ code: 'BENCH' }))])
  await table.transact([
    put(Lot, lotId, Lot.like({ number: lotId.slice(14), itemId })),
    { kind: 'stock', lotId, itemId, place: locationId, change: 100, mayOwe: true },
  ])
  let written: readonly Write[] = []
  const watched = {
    ...table,
    transact: (writes: readonly Write[]) => {
      written = writes
      return table.transact(writes)
    },
  }
  const input = { lotId, locationId, number: `${lotId.slice(14)}-B`, quantity: 30, unit: 'each' }
  const result = await run(
    splitLot,
    input,
    { command: 'warehouse/split-lot', id: crypto.randomUUID(), actor },
    {
      ...{ table: watched, ports: {}, ready: () => numbers.ready(), random: Math.random, wait: pause },
      now: () => new Date().toISOString(),
      newId: ({ prefix }) => nodeId(prefix, Date.now(), numbers.next()),
    },
  )
  if (!result.ok) throw new Error(`a lot could not be split: ${JSON.stringify(result.refusal)}`)
  return { items: written.length, forEdges: written.filter(({ kind }) => ofEdges.includes(kind)).length }
}
