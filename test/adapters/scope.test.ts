import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Lot } from '#domain/lot'
import type { AffectedNode, AffectedParty, Ports, ScopeChange } from '#kit/ports'
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
const node = (n: number): AffectedNode => ({
  id: Lot.sample(n),
  grade: 'confirmed',
  rule: 'direct',
  path: [],
  since: 1,
})
const byId = <T>(items: readonly T[], idOf: (item: T) => string) =>
  [...items].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))

const written = (recallId: string, shards: number, pass: number, change: Partial<ScopeChange>, says = `pass ${pass}`) =>
  scope.write(recallId, shards, pass, { nodes: [], left: [], parties: [], ...change }, says)

describe('the scope of a recall', () => {
  test('comes back whole from its partitions, also where a party got more lots than fit an item', async () => {
    const nodes = Array.from({ length: 2300 }, (_, n) => node(n))
    const parties = [party('ptr_many', 2500), party('ptr_few', 1), party('ptr_none', 0)]
    await written('rcl_1', 2, 1, { nodes, parties })
    expect(byId(await scope.nodes('rcl_1', 2), ({ id }) => id)).toEqual(nodes)
    expect(byId(await scope.parties('rcl_1', 2), ({ partnerId }) => partnerId)).toEqual(
      byId(parties, ({ partnerId }) => partnerId),
    )
    const shards = await Promise.all([0, 1].map((shard) => scope.partiesOf('rcl_1', shard)))
    expect(shards.flat()).toHaveLength(3)
  })

  test('is what its passes made of it, and each tells what it changed', async () => {
    await written('rcl_1', 1, 1, { nodes: [node(1), node(2)], parties: [party('ptr_1', 2500), party('ptr_2', 1)] })
    const regraded = { ...node(1), grade: 'possible' } as const
    const second = { nodes: [regraded, { ...node(3), since: 2 }], left: [node(2).id], parties: [party('ptr_1', 3)] }
    await written('rcl_1', 1, 2, second)
    expect(await scope.nodes('rcl_1', 1)).toEqual([regraded, { ...node(3), since: 2 }])
    expect(await scope.parties('rcl_1', 1)).toEqual([party('ptr_1', 3), party('ptr_2', 1)])
    expect(await scope.changesOf('rcl_1', 0, 2)).toEqual(second)
  })

  test('of a pass that ended in the middle nothing counts, and of two the one that ended first', async () => {
    await written('rcl_1', 1, 1, { nodes: [node(1)] })
    const { dynamo } = await import('../../lib/adapters/dynamo.ts')
    const { send } = dynamo
    dynamo.send = async (command: any) => {
      if (command instanceof PutCommand) throw new Error('the power went')
      return send(command)
    }
    await expect(written('rcl_1', 1, 2, { nodes: [node(2)], left: [node(1).id] })).rejects.toThrow('the power went')
    dynamo.send = send
    expect(await scope.nodes('rcl_1', 1)).toEqual([node(1)])
    expect(await scope.pass('rcl_1', 2)).toBeUndefined()
    const says = await Promise.all([3, 4].map((n) => written('rcl_1', 1, 2, { nodes: [node(n)] }, `found ${n}`)))
    expect(says[0]).toBe(says[1])
    expect(await scope.pass('rcl_1', 2)).toBe(says[0])
    expect((await scope.nodes('rcl_1', 1)).map(({ id }) => id)).toEqual([
      node(1).id,
      node(Number(says[0]!.slice(-1))).id,
    ])
  })
})
