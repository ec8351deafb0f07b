import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Lot } from '#domain/lot'
import type { AffectedNode, AffectedParty, Ports } from '#kit/ports'
import { TestTable } from '../genealogy/engine.ts'

const engine = new TestTable()
let scope: Ports['scope']

beforeAll(async () => {
  await engine.start(21_165)
  ;({ scope } = await import('../../lib/adapters/scope.ts'))
})
afterAll(() => engine.stop())
beforeEach(() => engine.fresh())

const party = (partnerId: string, lots: number): AffectedParty => ({
  partnerId,
  role: 'customer',
  lots: Array.from({ length: lots }, (_, n) => ({
    ...{ lotId: Lot.sample(n), number: `PUMP-${n}`, serial: `SN-${n}`, quantity: 1, unit: 'each' },
  })),
})
const node = (n: number): AffectedNode => ({ id: Lot.sample(n), grade: 'confirmed', rule: 'direct', path: [] })
const byId = <T>(items: readonly T[], idOf: (item: T) => string) =>
  [...items].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))

describe('the scope of a recall', () => {
  test('comes back whole from its partitions, also where a party got more lots than fit an item', async () => {
    const nodes = Array.from({ length: 130 }, (_, n) => node(n))
    const parties = [party('ptr_many', 2500), party('ptr_few', 1), party('ptr_none', 0)]
    await scope.write('rcl_1', 4, nodes, parties)
    expect(byId(await scope.nodes('rcl_1', 4), ({ id }) => id)).toEqual(nodes)
    expect(byId(await scope.parties('rcl_1', 4), ({ partnerId }) => partnerId)).toEqual(
      byId(parties, ({ partnerId }) => partnerId),
    )
    const shards = await Promise.all([0, 1, 2, 3].map((shard) => scope.partiesOf('rcl_1', shard)))
    expect(shards.flat()).toHaveLength(3)
  })

  test('is what was written last, also where a party has fewer lots than before', async () => {
    await scope.write('rcl_1', 1, [], [party('ptr_1', 2500)])
    await scope.write('rcl_1', 1, [], [party('ptr_1', 3)])
    expect(await scope.parties('rcl_1', 1)).toEqual([party('ptr_1', 3)])
  })
})
