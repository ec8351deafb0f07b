// People who move lots for as long as they are let: each moves its own lots between two racks, one after another.
// Forked by freeze.ts. What it is sent last ends it.
import { setTimeout as pause } from 'node:timers/promises'
import { handler as moveStock } from '../../lambdas/warehouse/move-stock.ts'
import { table } from '../../lib/adapters/table.ts'
import { Item } from '../../lib/domain/item.ts'
import { Location } from '../../lib/domain/location.ts'
import { Lot } from '../../lib/domain/lot.ts'
import type { Entity } from '../../lib/kit/entity.ts'
import { run, type World } from '../../lib/kit/run.ts'
import type { Write } from '../../lib/kit/table.ts'

/** Two racks, and for each person the lots it moves. */
export interface Shift {
  readonly racks: readonly [string, string]
  readonly lots: readonly (readonly string[])[]
}

/** How often lots were moved, and how often that was refused because they were frozen. */
export interface Moves {
  readonly moved: number
  readonly refused: number
}

const actor = { sub: 'usr-bench', name: 'Bench', roles: ['warehouse'], sites: ['*'] } as const
const world: World = {
  table,
  ports: {},
  now: () => new Date().toISOString(),
  newId: () => {
    throw new Error('moving a lot makes nothing')
  },
  ready: async () => {},
  random: Math.random,
  wait: pause,
}

let goes = true
const done = { moved: 0, refused: 0 }

async function work(lots: readonly string[], racks: Shift['racks']): Promise<void> {
  for (let n = 0; goes; n += 1) {
    const lotId = lots[n % lots.length]!
    // A lot that could not be moved stands where it stood: then the other way round is refused as well, for want of stock.
    for (const [from, to] of [racks, racks.toReversed()] as const) {
      const input = { lotId, from, to, quantity: 1, unit: 'each' }
      const result = await run(
        moveStock,
        input,
        { command: 'warehouse/move-stock', id: crypto.randomUUID(), actor },
        world,
      )
      if (result.ok) done.moved += 1
      else if (result.refusal.refusal === 'stock-frozen') done.refused += 1
    }
  }
}

/** Puts lots on the first rack; what another of these processes has put already stays. */
async function furnish({ racks, lots }: Shift): Promise<void> {
  const item = Item.sample()
  const put = (entity: Entity, id: string, data: Readonly<Record<string, unknown>>): Write => ({
    kind: 'state',
    entity,
    expect: 0,
    next: { id, version: 1, head: '', facts: 0, data },
  })
  await table.transact([put(Item, item, Item.like())])
  for (const rack of racks) await table.transact([put(Location, rack, Location.like({ code: rack.slice(-4) }))])
  for (const lotId of lots.flat())
    await table.transact([
      put(Lot, lotId, Lot.like({ number: lotId.slice(14), itemId: item })),
      { kind: 'stock', lotId, itemId: item, place: racks[0], change: 100, mayOwe: true },
    ])
}

process.once('message', async (shift: Shift) => {
  await furnish(shift)
  process.send!('furnished')
  process.once('message', () => {
    goes = false
  })
  await Promise.all(shift.lots.map((mine) => work(mine, shift.racks)))
  process.send!(done)
  process.disconnect()
})
