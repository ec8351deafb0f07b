import { expect, test } from 'vitest'
import { discover } from '../../lib/discover.ts'
import { edgeKinds, type FactType } from '../../lib/kit/entity.ts'
import type { Write } from '../../lib/kit/table.ts'
import { toldOf } from '../kit/dispatching.ts'
import { install } from '../kit/install.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'
import { runSigned } from '../kit/signing.ts'

/** What makes edges, by the command that records it. A calibration draws one from each gauge it compared with. */
const makes = [
  ['a receipt', 'procurement/receive-goods', 'receive'],
  ['consumption', 'production/issue-material', 'consume'],
  ['production, co-products and scrap with it', 'production/record-output', 'produce'],
  ['the unit map of an output', 'production/record-output', 'assemble'],
  ['the unit map of what was reworked', 'production/record-rework', 'assemble'],
  ['material that comes back unused', 'production/return-material', 'withdraw'],
  ['rework', 'production/record-rework', 'rework'],
  ['a split', 'warehouse/split-lot', 'split'],
  ['a merge', 'warehouse/merge-lots', 'merge'],
  ['packing', 'warehouse/pack-lots', 'pack'],
  ['the opening of a pack, before it is packed anew', 'warehouse/open-pack', 'pack'],
  ['a shipment', 'logistics/ship-goods', 'ship'],
  ['a return', 'logistics/return-goods', 'return'],
  ['an installation', 'service/install-unit', 'install'],
  ['a unit that is taken back', 'service/uninstall-unit', 'return'],
  ['a process change', 'master/record-process-change', 'change'],
  ['a process change that an order starts with', 'production/start-order', 'change'],
  ['an equipment run', 'production/record-run', 'run'],
  ['a repair of equipment', 'master/record-repair', 'repair'],
  ['a repair of a unit', 'service/complete-service-order', 'repair'],
  ['a test with a gauge', 'service/complete-service-order', 'run'],
  ['a calibration with a gauge', 'master/record-calibration', 'run'],
] as const

interface Transaction {
  readonly command: string
  readonly writes: readonly Write[]
}

const found = await discover(new URL('../..', import.meta.url).pathname.replace(/\/$/, ''))
const transactions = await drawn()

/** The transactions with edges of the accepted examples of all commands. */
async function drawn(): Promise<Transaction[]> {
  const all: Transaction[] = []
  for (const one of found) {
    const { name: command, spec } = one
    if (spec.kind === 'query' || !spec.emits.some((fact: FactType) => fact.edges)) continue
    for (const example of spec.examples) {
      const table = new MemoryTable()
      install(table, spec, example)
      const transact = table.transact.bind(table)
      table.transact = async (writes) => {
        const outcome = await transact(writes)
        if (outcome.done && writes.some(({ kind }) => kind === 'edges')) all.push({ command, writes })
        return outcome
      }
      const actor = exampleActor('roles' in spec ? spec.roles : [], example.by)
      const performs = { ...spec, perform: async () => example.performed }
      const world = { ...worldOf(table), commands: toldOf(one).commands }
      await runSigned(performs, spec.input.parse(example.when), { command, id: 'req-1', actor }, world)
    }
  }
  return all
}

const kindsIn = ({ writes }: Transaction) =>
  writes.flatMap((write) => (write.kind === 'edges' ? write.edges.map(({ kind }) => kind) : []))

test.each(makes)('%s writes its edge in its own transaction', (_, command, kind) => {
  const own = transactions.filter((one) => one.command === command && kindsIn(one).includes(kind))
  expect(own.length).toBeGreaterThan(0)
})

test('every kind of edge is made by a command shown here, and by no other', () => {
  const shown = new Set(makes.map(([, command, kind]) => `${command} ${kind}`))
  const made = transactions.flatMap((one) => kindsIn(one).map((kind) => `${one.command} ${kind}`))
  expect([...new Set(made)].filter((one) => !shown.has(one))).toEqual([])
  expect(edgeKinds.filter((kind) => !makes.some(([, , own]) => own === kind))).toEqual([])
})

test('edges, however many, add two items to their transaction: the delta, and the epoch that it counts in', () => {
  expect(transactions.length).toBeGreaterThan(makes.length)
  for (const { command, writes } of transactions) {
    const added = writes.filter(({ kind }) => kind === 'edges' || kind === 'epoch')
    expect([command, ...added.map(({ kind }) => kind)]).toEqual([command, 'edges', 'epoch'])
  }
})
