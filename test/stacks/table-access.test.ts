import { describe, expect, test } from 'vitest'
import { transactItem } from '../../lib/adapters/items.ts'
import { discover } from '../../lib/discover.ts'
import type { Entity } from '../../lib/kit/entity.ts'
import { entityKey, keys } from '../../lib/kit/keys.ts'
import { numberOf, segmentOf } from '../../lib/kit/node.ts'
import { run } from '../../lib/kit/run.ts'
import type { Write } from '../../lib/kit/table.ts'
import { tableAccess } from '../../lib/stacks/table-access.ts'
import { toldOf } from '../kit/dispatching.ts'
import { install } from '../kit/install.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'
import { root } from './product-app.ts'

const found = await discover(root)
const one = (name: string) => found.find((each) => each.name === name)!

/** What DynamoDB would check for each call: the action and the partition key. */
class WatchedTable extends MemoryTable {
  readonly calls: { action: string; pk: string }[] = []
  private note = (action: string, pk: string) => this.calls.push({ action, pk })

  override async states(wanted: readonly { entity: Entity; id: string }[]) {
    for (const { entity, id } of wanted) this.note('BatchGetItem', entityKey(entity, id))
    return super.states(wanted)
  }
  override async freeze(nodes: readonly string[]) {
    this.note('GetItem', keys.epoch(0))
    for (const node of nodes) this.note('BatchGetItem', keys.frozen(segmentOf(numberOf(node))))
    return super.freeze(nodes)
  }
  override async answer(key: string) {
    this.note('GetItem', keys.answer(key))
    return super.answer(key)
  }
  override async lease(count: number) {
    this.note('UpdateItem', keys.numbers)
    return super.lease(count)
  }
  override async transact(writes: readonly Write[]) {
    for (const write of writes) {
      const [kind, item] = Object.entries<any>(transactItem('table', write))[0]!
      this.note(kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, (item.Item ?? item.Key).pk)
    }
    return super.transact(writes)
  }
}

const like = (pattern: string, text: string) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(text)

/** The calls that the function's policy would refuse. */
const refused = (table: WatchedTable, name: string) => {
  const access = tableAccess(one(name), []).filter(({ index }) => !index)
  return table.calls.filter(
    ({ action, pk }) =>
      !access.some((grant) => grant.actions.includes(action) && grant.keys.some((key) => like(key, pk))),
  )
}

describe('the rights derived from a spec cover what its examples do', () => {
  const deciding = found.flatMap((each) => (each.spec.kind === 'query' ? [] : [[each.name, each.spec, each] as const]))
  test.each(deciding)('%s', async (name, spec, each) => {
    const keyed = spec.kind === 'command' || (spec.kind === 'reaction' && Array.isArray(spec.on))
    for (const example of spec.examples) {
      const table = new WatchedTable()
      install(table, spec, example)
      const actor = exampleActor('roles' in spec ? spec.roles : [], example.by)
      const request = { command: name, id: 'req-1', actor, ...(keyed ? { key: 'key-1' } : {}) }
      const performs = { ...spec, perform: async () => example.performed }
      const { commands } = toldOf(each)
      await run(performs, spec.input.parse(example.when), request, { ...worldOf(table), commands })
      expect(refused(table, name), example.name).toEqual([])
    }
  })
})

describe('the rights derived from a spec are no more than it needs', () => {
  const holdLot = tableAccess(one('quality/hold-lot'), [])
  const may = (action: string, pk: string) =>
    holdLot.some(({ actions, keys }) => actions.includes(action) && keys.some((key) => like(key, pk)))

  test('a command reads and writes its own entities', () => {
    expect(may('GetItem', 'LOT#lot_1') && may('PutItem', 'LOT#lot_1')).toBe(true)
    expect(may('GetItem', 'ITEM#itm_1') || may('PutItem', 'ITEM#itm_1')).toBe(false)
  })

  test('without stock or edges it cannot move stock, freeze or draw edges', () => {
    expect(['UpdateItem', 'PutItem'].some((action) => may(action, 'GENEALOGY#TAIL#1') || may(action, 'FROZEN#x'))).toBe(
      false,
    )
    expect(may('UpdateItem', 'LOT#lot_1')).toBe(false)
  })

  test('it never deletes a state or a fact, and never queries', () => {
    expect(may('DeleteItem', 'LOT#lot_1') || may('Query', 'LOT#lot_1')).toBe(false)
  })

  test('a query writes nothing', () => {
    const queries = found.filter(({ spec }) => spec.kind === 'query')
    const actions = queries.flatMap((query) => tableAccess(query, []).flatMap((grant) => grant.actions))
    expect([...new Set(actions)].sort()).toEqual(['BatchGetItem', 'GetItem', 'Query'])
  })
})
