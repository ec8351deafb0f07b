import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import type { Genealogy, StoredEdge } from '#kit'
import { keys, tailShards } from '#kit/keys'
import { nodeId, numberOf } from '#kit/node'
import { decodeDelta } from '../../lib/genealogy/delta.ts'
import { stateWrite } from '../parity/given.ts'
import { TestTable } from './engine.ts'
import type { Answered, Racing } from './racer.ts'

/** Threads and writers in each. */
const [threads, writers] = [4, 8]
const locations = [Location.sample(1), Location.sample(2)] as const
const engine = new TestTable()
let adapters: typeof import('./adapters.ts')
let freezer: typeof import('../../lib/adapters/freezer.ts').freezer
let partition: typeof import('../../lib/adapters/table.ts').partition
let genealogy: Genealogy

beforeAll(async () => {
  await engine.start(21_160)
  adapters = await import('./adapters.ts')
  ;({ freezer } = await import('../../lib/adapters/freezer.ts'))
  ;({ partition } = await import('../../lib/adapters/table.ts'))
  genealogy = adapters.genealogyOver(adapters.dynamo, adapters.tableName)
})
const running = new Set<Worker>()
afterAll(async () => {
  await Promise.all([...running].map((worker) => worker.terminate()))
  await engine.stop()
})

/** A factory with lots in stock and an order for each writer. */
async function furnish() {
  const { table } = adapters
  const first = await table.lease(100)
  const id = (prefix: string, n: number) => nodeId(prefix, Date.now(), first + n)
  const lots = Array.from({ length: 24 }, (_, n) => id('lot', n))
  const orders = Array.from({ length: threads * writers }, (_, n) => id('ord', 40 + n))
  const order = Order.like({ quantity: 1e6, bomId: undefined })
  const writes = [
    stateWrite(Item, Item.sample(), Item.like()),
    ...locations.map((location) => stateWrite(Location, location, Location.like())),
    ...orders.map((one) => stateWrite(Order, one, order)),
  ]
  expect(await table.transact(writes)).toEqual({ done: true })
  for (const [n, lotId] of lots.entries()) {
    const stock = { lotId, itemId: Item.sample(), place: locations[0], change: 1e6, mayOwe: false }
    await table.transact([stateWrite(Lot, lotId, Lot.like({ number: `S-${n}` })), { kind: 'stock', ...stock }])
  }
  return { lots, orders }
}

type Pair = readonly [string, string]

function reached(seed: string, pairs: readonly Pair[]): Set<string> {
  const steps = Map.groupBy(pairs, ([from]) => from)
  const all = new Set([seed])
  for (const node of all) for (const [, to] of steps.get(node) ?? []) all.add(to)
  return all
}

/** Every edge in the tails, with the epoch in which it was written. */
async function log(): Promise<{ readonly epoch: number; readonly edge: StoredEdge }[]> {
  const { tail } = await adapters.readFence()
  const tails = Array.from({ length: (tail + 1) * tailShards }, (_, n) => [Math.floor(n / tailShards), n % tailShards])
  const all = tails.map(async ([tail, shard]) => {
    const items = await partition(keys.tail(tail!, shard!), '')
    return items.flatMap(({ delta, epoch }) =>
      decodeDelta(delta as Uint8Array).map((edge) => ({ epoch: epoch as number, edge })),
    )
  })
  return (await Promise.all(all)).flat()
}

/** What the freeze of a recall does, as its task does it: trace, freeze, trace again until all that is found is frozen. */
async function freeze(recallId: string, seed: string) {
  const trace = async () => [...(await genealogy.trace({ seeds: [{ node: seed }], direction: 'forward' })).numbers]
  const first = new Set(await trace())
  const { epoch } = await freezer.freeze(recallId, first)
  const visible = Date.now()
  const known = new Set(first)
  for (;;) {
    const late = (await trace()).filter((number) => !known.has(number))
    for (const number of late) known.add(number)
    // What is made from frozen nodes is born frozen, and goes on coming.
    const { marked } = await freezer.freeze(recallId, late)
    if (marked === 0) return { recallId, seed, epoch, visible, first, late: known.size - first.size }
  }
}

test('32 racing writers: nothing frozen moves, no edge is missed, while epochs close, seals run and traces are asked', async () => {
  const { lots, orders } = await furnish()
  const begin = performance.now()
  const answers: Answered[] = []
  const racing = Array.from({ length: threads }, (_, n) => {
    const workerData: Racing = { lots, locations, orders: orders.slice(n * writers, (n + 1) * writers) }
    const worker = new Worker(new URL('./racer.ts', import.meta.url), { workerData })
    worker.on('message', (answered: Answered) => answers.push(answered))
    running.add(worker)
    return { worker, ended: once(worker, 'exit') }
  })
  const acknowledged = () => answers.flatMap(({ edges }) => edges)
  const answered = async (count: number) => {
    for (const end = Date.now() + 60_000; answers.length < count && Date.now() < end; ) await pause(10)
    expect(answers.length).toBeGreaterThanOrEqual(count)
  }

  let racingOn = true
  let [traces, seals] = [0, 0]
  const always = async (work: () => Promise<unknown>, every: number) => {
    for (; racingOn; await pause(every)) await work()
  }
  const disturbing = Promise.all([
    always(() => adapters.closeEpoch(), 300),
    always(async () => {
      const sealer = new adapters.Sealer(
        new adapters.SealingStore(adapters.dynamo, adapters.tableName),
        adapters.closeTail,
      )
      if (await sealer.seal(Date.now())) seals += 1
    }, 1000),
    always(async () => {
      const seed = lots[traces % lots.length]!
      const before = reached(seed, acknowledged())
      const found = new Set((await genealogy.trace({ seeds: [{ node: seed }], direction: 'forward' })).numbers)
      expect([...before].filter((node) => !found.has(numberOf(node)))).toEqual([])
      traces += 1
    }, 50),
  ])

  disturbing.catch(() => {})
  await answered(200)
  const freezes = []
  for (const [n, seed] of lots.slice(0, 3).entries()) {
    freezes.push(await freeze(`rcl_${n}`, seed))
    await answered(answers.length + 100)
  }
  racingOn = false
  await disturbing
  for (const { worker } of racing) worker.postMessage('stop')
  await Promise.all(racing.map(({ ended }) => ended))

  const edges = await log()
  const pairs = edges.map(({ edge }): Pair => [edge.from, edge.to])
  // Every edge that was acknowledged stands in the tails, and nothing else does.
  const told = (some: readonly Pair[]) => some.map((pair) => pair.join(' ')).sort()
  expect(told(pairs)).toEqual(told(acknowledged()))
  for (const { recallId, seed, epoch, visible, first } of freezes) {
    const used = edges.filter(
      (one) => one.epoch >= epoch && one.edge.kind === 'consume' && first.has(numberOf(one.edge.from)),
    )
    expect(used).toEqual([])
    const moved = answers.filter(
      ({ sent, uses, refusal }) => sent > visible && uses && !refusal && first.has(numberOf(uses)),
    )
    expect(moved).toEqual([])
    // Moved before the flip or made afterwards: all that comes from the seed is covered.
    const { recalls } = await adapters.table.freeze([...reached(seed, pairs)])
    expect([...reached(seed, pairs)].filter((node) => !recalls.get(node)?.includes(recallId))).toEqual([])
  }
  const refused = Object.entries(Object.groupBy(answers, ({ refusal }) => refusal ?? 'accepted')).map(
    ([name, some]) => `${name} ${some!.length}`,
  )
  const late = freezes.reduce((sum, one) => sum + one.late, 0)
  console.info(
    `racing: ${Math.round(performance.now() - begin)} ms, ${answers.length} answers (${refused.join(', ')}), ${edges.length} edges in ${await adapters.readEpoch()} epochs, ` +
      `${traces} traces, ${seals} seals, ${late} nodes came late and were found`,
  )
  expect(answers.some(({ refusal }) => refusal === 'stock-frozen')).toBe(true)
}, 240_000)
