import { afterAll, beforeAll, expect, test } from 'vitest'
import { noticesOf } from '#domain/approval'
import { type Evidence, seedsOfEvidence } from '#domain/condition'
import { Device } from '#domain/device'
import { DeviceStatus } from '#domain/device-status'
import { Exposure } from '#domain/exposure'
import { Lot } from '#domain/lot'
import { Notice, noticeIdOf } from '#domain/notice'
import { Recall, type RecallState } from '#domain/recall'
import type { Loaded, Ports, StoredEdge } from '#kit'
import type { Task } from '#kit/command'
import { nodeId } from '#kit/node'
import { run } from '#kit/run'
import { evidenceFor } from '#recall'
import { handler as concludeNotices } from '../../lambdas/recall/conclude-notices.ts'
import { handler as excludeLot } from '../../lambdas/recall/exclude-lot.ts'
import { handler as freezeRecall } from '../../lambdas/recall/freeze-recall.ts'
import { handler as growEvidence } from '../../lambdas/recall/grow-evidence.ts'
import { handler as reviewScopes } from '../../lambdas/recall/review-scopes.ts'
import { handler as scopeRecall } from '../../lambdas/recall/scope-recall.ts'
import { TestTable } from '../genealogy/engine.ts'
import { exampleActor, worldOf } from '../kit/memory.ts'
import { stateWrite } from '../parity/given.ts'

const engine = new TestTable()
const recallId = Recall.sample()
let ports: Pick<Ports, 'genealogy' | 'scope' | 'freezer' | 'table'>
let world: ReturnType<typeof worldOf>
let table: typeof import('../../lib/adapters/table.ts').table
let first: number

beforeAll(async () => {
  await engine.start(21_170)
  const adapters = await import('../genealogy/adapters.ts')
  const [{ freezer }, { scope }] = await Promise.all([
    import('../../lib/adapters/freezer.ts'),
    import('../../lib/adapters/scope.ts'),
  ])
  table = adapters.table
  ports = { genealogy: adapters.genealogyOver(adapters.dynamo, adapters.tableName), scope, freezer, table }
  world = { ...worldOf(table, ports), now: () => new Date().toISOString() }
  first = await table.lease(100)
})
afterAll(() => engine.stop())

const id = (prefix: string, n: number) => nodeId(prefix, 0, first + n)
const at = '2026-01-31T08:00:00.000Z'
let requests = 0

/** Draws edges as commands do; what is made of something frozen is born frozen. */
async function draw(...edges: (Pick<StoredEdge, 'kind' | 'from' | 'to'> & Partial<StoredEdge>)[]) {
  const { epoch, tail } = await table.freeze([])
  const recorded = { at, recordedAt: new Date().toISOString(), fact: { entityId: recallId, version: 1 } }
  const request = `r${++requests}`
  expect(
    await table.transact([
      { kind: 'edges', request, epoch, tail, copy: 0, edges: edges.map((edge) => ({ ...recorded, ...edge })) },
      { kind: 'epoch', epoch, copy: 0, tail },
    ]),
  ).toEqual({ done: true })
}

const lot = async (n: number, number: string) => {
  await table.transact([stateWrite(Lot, id('lot', n), Lot.like({ number }))])
  return id('lot', n)
}

const recallNow = async () => {
  const [stored] = await table.states([{ entity: Recall, id: recallId }])
  return { ...Recall.schema.parse(stored!.data), id: recallId } as Loaded<RecallState>
}

async function does(task: Pick<Task, keyof Task> | any, input: object = { recallId }) {
  const result = await run(task, input, { command: 'test', id: `req-${++requests}`, actor: exampleActor([]) }, world)
  if (!result.ok) throw new Error(result.refusal.refusal)
  return result
}

/** Everything that the machine does but mail. */
async function machine() {
  await does(freezeRecall)
  const { performed } = await does(scopeRecall)
  // Whoever was told before cannot be born again, and need not.
  for (const { partnerId } of await ports.scope.parties(recallId, 1))
    await table.transact([stateWrite(Notice, noticeIdOf(recallId, partnerId), Notice.like())])
  await does(concludeNotices)
  return { recall: await recallNow(), told: performed?.told as number[] | undefined }
}

const frozen = async (...nodes: string[]) => {
  // A check that fails makes the function forget the epoch it knew.
  await table.transact([{ kind: 'epoch', epoch: 1_000_000, copy: 0 }])
  const { recalls } = await table.freeze(nodes)
  return nodes.map((node) => recalls.has(node))
}

/** Recalls whose machines the clock starts. */
async function reviewed(): Promise<string[]> {
  const recall = await recallNow()
  const list = async (_: string, __: unknown, status: string) => ({
    items: status === recall.status ? [{ id: recallId, data: recall }] : [],
  })
  const started: string[] = []
  const workflow = { start: async (_: string, name: string) => void started.push(name) }
  const around = { ...ports, table: { ...table, list }, workflow } as any
  await reviewScopes.perform!({}, {}, around, { now: at, actor: exampleActor([]), newId: () => '' })
  return started
}

test('a scope lives: what is told late, shipped or found enters it, what is good leaves it, and each pass says so', async () => {
  const [raw, order, pump, shipment] = [await lot(1, 'RAW'), id('ord', 2), await lot(3, 'PUMP'), id('shp', 4)]
  const to = { party: 'ptr_anna', quantity: 4, unit: 'each' }
  await draw({ kind: 'consume', from: raw, to: order }, { kind: 'produce', from: order, to: pump })
  await draw({ kind: 'ship', from: pump, to: shipment, ...to })
  await table.transact([
    stateWrite(Recall, recallId, Recall.like({ seeds: [raw], openedAt: new Date().toISOString() })),
  ])

  const one = await machine()
  expect(one.recall).toMatchObject({ status: 'notified', pass: 1, toldPass: 1, frozen: { traced: 4, late: 0 } })
  expect(one.recall.change).toEqual({
    ...{ entered: 4, regraded: 0, left: 0 },
    parties: { entered: 1, changed: 0, left: 0 },
  })
  expect(await frozen(raw, order, pump)).toEqual([true, true, true])

  // Nothing has changed: a machine that runs again does nothing.
  expect(await reviewed()).toEqual([])
  expect((await machine()).recall).toEqual(one.recall)

  // It is told late that a second order took some of it, and that a clinic got what that made.
  const [late, coil, other] = [id('ord', 5), await lot(6, 'COIL'), id('shp', 7)]
  await draw({ kind: 'consume', from: raw, to: late }, { kind: 'produce', from: late, to: coil })
  await draw({ kind: 'ship', from: coil, to: other, ...to, party: 'ptr_rita' })
  expect(await reviewed()).toEqual([expect.stringMatching(`^${recallId}-1-[0-9a-f]{12}-0-2026-01-31T08$`)])
  const two = await machine()
  expect(two.recall).toMatchObject({ status: 'notified', pass: 2, toldPass: 2, counts: { lots: 3, customers: 2 } })
  expect(two.recall.change).toEqual({
    ...{ entered: 3, regraded: 0, left: 0 },
    parties: { entered: 1, changed: 0, left: 0 },
  })
  expect(two.recall.meanwhile).toEqual({ lots: 1, shipments: 1 })
  expect(two.recall.milestones.map(({ name }) => name)).toContain('extended')
  expect(await frozen(late, coil)).toEqual([true, true])
  const change = await ports.scope.changesOf(recallId, 0, 2)
  expect(change.nodes.map(({ id, since }) => [id, since])).toEqual([late, coil, other].map((node) => [node, 2]))
  expect(change.nodes.map(({ path }) => path[0])).toEqual([raw, raw, raw])
  expect(change.parties.map(({ partnerId }) => partnerId)).toEqual(['ptr_rita'])

  // The coils turn out to be good: they leave, and what only they made suspect is free again.
  await does(excludeLot, { recallId, lotId: coil, reason: 'Tested, all good' })
  const three = await machine()
  expect(three.recall.change).toEqual({
    ...{ entered: 0, regraded: 0, left: 2 },
    parties: { entered: 0, changed: 0, left: 1 },
  })
  expect(await frozen(raw, pump, late, coil)).toEqual([true, true, true, false])
  expect((await ports.scope.nodes(recallId, 1)).map(({ id }) => id).sort()).toEqual(
    [raw, order, pump, shipment, late].sort(),
  )
  const { lots } = (await ports.scope.parties(recallId, 1)).find(({ partnerId }) => partnerId === 'ptr_rita')!
  expect(lots).toEqual([])
}, 60_000)

test('readings that come late add to the evidence of a condition: what was made then is frozen, and enters as a diff', async () => {
  const [press, calm, hot] = [id('eqp', 20), id('ord', 21), id('ord', 22)]
  const [good, bad] = [await lot(23, 'CALM'), await lot(24, 'HOT')]
  const hour = (n: number) => new Date(Date.UTC(2026, 0, 10, n)).toISOString()
  const ran = (to: string, from: number) => ({
    ...{ kind: 'run' as const, from: press, to, at: hour(from), until: hour(from + 1), stated: true as const },
  })
  await draw(ran(calm, 1), { kind: 'produce', from: calm, to: good })
  await draw(ran(hot, 5), { kind: 'produce', from: hot, to: bad })

  const deviceId = Device.sample(3)
  const condition = {
    ...{ equipmentId: press, deviceId, metric: 'temperatureC', max: 8 },
    ...{ from: hour(0), until: hour(8), clockErrorSeconds: 0 },
  }
  const heard = { temperatureC: [[Date.parse(hour(0)) / 1000, Date.parse(hour(8)) / 1000]] }
  const limits = [{ since: hour(0), limits: { minC: 2, maxC: 8 } }]
  const exposed = async (n: number) => {
    const exposureId = Exposure.sample(n)
    const data = Exposure.like({ deviceId, start: hour(n), end: hour(n + 1), peak: 9.5 })
    const next = { id: exposureId, version: 1, head: '', facts: 0, data }
    const under = { kind: 'under' as const, entity: Exposure, about: deviceId, next }
    expect(await table.transact([stateWrite(Exposure, exposureId, data), under])).toEqual({ done: true })
  }
  await exposed(1)
  const status = DeviceStatus.like({ heard, places: limits } as any)
  await table.transact([stateWrite(DeviceStatus, deviceId, status)])
  const watcher = { ...DeviceStatus.schema.parse(status), id: deviceId }
  const evidence = (await evidenceFor([condition], [watcher], { table }, hour(9))) as Evidence[]
  const caseId = Recall.sample(7)
  const opened = Recall.like({ seeds: seedsOfEvidence(evidence), evidence, openedAt: new Date().toISOString() })
  await table.transact([stateWrite(Recall, caseId, opened)])
  const told = { recallId: caseId }
  const goThrough = async () => {
    await does(freezeRecall, told)
    await does(scopeRecall, told)
    const [stored] = await table.states([{ entity: Recall, id: caseId }])
    return Recall.schema.parse(stored!.data)
  }
  await goThrough()
  expect(await frozen(good, bad)).toEqual([true, false])

  await does(growEvidence, told)
  expect((await goThrough()).evidence).toHaveLength(1)
  await exposed(5)
  await does(growEvidence, told)
  const grown = await goThrough()
  expect(grown.evidence.map(({ windows }) => windows)).toEqual([
    [{ from: hour(1), until: hour(2) }],
    [{ from: hour(5), until: hour(6) }],
  ])
  expect(grown.change).toMatchObject({ entered: 2, left: 0 })
  expect(await frozen(good, bad)).toEqual([true, true])
  expect(noticesOf(grown)).toBe(noticesOf(opened))
}, 60_000)

test('what people ship while a recall runs: all that slipped between the looks is found by the next, the rest is refused', async () => {
  const begin = await table.lease(2000)
  const node = (prefix: string, n: number) => nodeId(prefix, 0, begin + n)
  const source = node('lot', 0)
  await table.transact([stateWrite(Lot, source, Lot.like({ number: 'RACED' }))])
  const caseId = Recall.sample(11)
  const openedAt = new Date().toISOString()
  await table.transact([stateWrite(Recall, caseId, Recall.like({ seeds: [source], openedAt }))])

  let next = 1
  let over = false
  const [shipped, refused]: [string[], string[]] = [[], []]
  /** Ships as commands do: what is frozen does not move, and the freeze that was seen is a condition of the write. */
  async function shipper() {
    while (!over) {
      const { epoch, tail, recalls } = await table.freeze([source])
      const shipment = node('shp', next++)
      if (recalls.has(source)) {
        refused.push(shipment)
        continue
      }
      const now = new Date().toISOString()
      const edge = { kind: 'ship' as const, from: source, to: shipment, party: `ptr_${next % 5}`, quantity: 1 }
      const recorded = { unit: 'each', at: now, recordedAt: now, fact: { entityId: shipment, version: 1 } }
      const { done } = await table.transact([
        { kind: 'edges', request: shipment, epoch, tail, copy: 0, edges: [{ ...edge, ...recorded }] },
        { kind: 'epoch', epoch, copy: 0, tail },
      ])
      if (done) shipped.push(shipment)
    }
  }
  const shippers = Promise.all(Array.from({ length: 4 }, shipper))
  const freezer: Ports['freezer'] = {
    ...ports.freezer,
    // The look before it is over: what leaves now slips between it and the flip.
    async freeze(...asked) {
      const before = shipped.length
      while (shipped.length < before + 5 && refused.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      return ports.freezer.freeze(...asked)
    },
  }
  const told = { recallId: caseId }
  const slow = { ...world, ports: { ...world.ports, freezer } }
  const request = { command: 'test', id: `req-${++requests}`, actor: exampleActor([]) }
  expect(await run(freezeRecall as any, told, request, slow)).toMatchObject({ ok: true })
  while (refused.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  over = true
  await shippers
  await does(scopeRecall, told)

  const [stored] = await table.states([{ entity: Recall, id: caseId }])
  const { frozen: counted, meanwhile, shards = 1 } = Recall.schema.parse(stored!.data)
  const scope = new Set((await ports.scope.nodes(caseId, shards)).map(({ id }) => id))
  expect(shipped.filter((one) => !scope.has(one))).toEqual([])
  expect(refused.filter((one) => scope.has(one))).toEqual([])
  // Both counts are reported: what was there at the first look, and what slipped after it.
  expect(counted!.late).toBeGreaterThanOrEqual(5)
  expect(counted!.traced + counted!.late).toBe(scope.size)
  expect(meanwhile!.shipments).toBe(shipped.length)
}, 60_000)
