import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LedgerFact } from '../../lib/kit/ledger.ts'
import { certificateRequest, filesOf } from '../../story/device.ts'
import { audit } from '../cloud/audit.ts'
import { Door } from '../cloud/door.ts'
import { everything } from '../cloud/everything.ts'
import { type Factory, found, releasedLot, startedOrder } from '../cloud/factory.ts'
import { People } from '../cloud/people.ts'
import { freePort, type Running, startRunning } from '../cloud/running.ts'
import { synthesized } from '../cloud/synthesis.ts'
import { openTable } from '../cloud/table.ts'
import { tokenSigner } from '../cloud/tokens.ts'
import { Chance } from '../fuzz/chance.ts'
import { addListener, Listener } from './listener.ts'
import { daily, Sensor, Weather, Writer } from './writers.ts'

const port = await freePort(25_200)
const rounds = Number(process.env.DURABILITY_ROUNDS ?? 3)
const chance = new Chance(Number(process.env.DURABILITY_SEED ?? 7))
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const begin = Math.floor(Date.now() / 1000) * 1000 - 6 * 3600_000

let app: Awaited<ReturnType<typeof synthesized>>
let cloud: Running
let door: Door
let people: People
let factory: Factory
let listener: Listener
let writers: Writer[]
let sensor: Sensor
let device: { id: string; topic: string; folder: string }
let items: Awaited<ReturnType<typeof everything>>
let facts: LedgerFact[]
const recalls: string[] = []

async function show(path: string): Promise<any> {
  const { status, text } = await people.ask('auditor', { method: 'GET', path })
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`)
  return JSON.parse(text)
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>, seconds = 60): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(100)) {
    const seen = await look()
    if (seen) return seen
  }
  throw new Error(`${what} did not come within ${seconds} s; the cloud said:\n${cloud.output().slice(-2000)}`)
}

/** Registers a sensor and gets its certificate. */
async function enroll() {
  const id = factory.deviceId
  const folder = join(app.folder, 'sensor')
  mkdirSync(folder)
  await people.post('service', `/devices/${id}/certificates`, { csr: await certificateRequest(folder, id) })
  const shown = await until('the certificate', async () => {
    const one = await show(`/devices/${id}`)
    return one.state.status === 'certified' && one
  })
  writeFileSync(filesOf(folder).certificate, shown.state.certificate.pem)
  const { rootCa } = (await (await fetch(`http://127.0.0.1:${port}/_local/iot`)).json()) as { rootCa: string }
  writeFileSync(filesOf(folder).rootCa, rootCa)
  return { id, topic: shown.topic as string, folder }
}

/** Ships a suspect lot and opens a drill about it; the kill comes before it is through. */
async function openDrill(round: number): Promise<void> {
  const lotId = await releasedLot(people, factory, { number: `DRILL-${round}`, quantity: 10 })
  await people.post('logistics', '/shipments', {
    number: `SH-${round}`,
    customerId: factory.customerId,
    lines: [{ lotId, locationId: factory.locations[0]!, quantity: 4, unit: 'each' }],
  })
  const seeds = { supplierLots: [{ supplierId: factory.supplierId, supplierLot: `S-DRILL-${round}` }] }
  const drill = { title: `Drill ${round}`, reason: 'To be killed in between', drill: true, seeds }
  recalls.push(await people.make('quality', '/recalls', drill))
}

beforeAll(async () => {
  app = await synthesized()
  addListener(app.out)
  cloud = await startRunning({ port, ...app })
  door = new Door(port)
  people = await People.hire(door, await tokenSigner(port, app.data))
  factory = await found(people)
  const numbers = Array.from({ length: 6 }, (_, n) => n)
  const lots = await Promise.all(
    numbers.map((n) => releasedLot(people, factory, { number: `L-${n}`, quantity: 1_000_000 })),
  )
  for (const lotId of lots)
    await people.post('warehouse', `/lots/${lotId}/moves`, {
      ...{ from: factory.locations[0]!, to: factory.locations[2]! },
      ...{ quantity: 400_000, unit: 'each' },
    })
  const orders = await Promise.all(
    numbers.map((n) => startedOrder(people, factory, { number: `O-${n}`, quantity: 1_000_000 })),
  )
  device = await enroll()
  listener = new Listener(port)
  const weather = new Weather()
  writers = [1, 2, 3, 4].map((n) => new Writer(`w${n}`, people, weather, daily(factory, lots, orders, n)))
  sensor = new Sensor(port, device, weather, begin)
  for (let round = 1; round <= rounds; round += 1) {
    await openDrill(round)
    await pause(chance.whole(0, 1200))
    weather.down()
    await cloud.kill()
    cloud = await startRunning({ port, ...app, seed: round + 1 })
    weather.back()
    await pause(chance.whole(100, 600))
  }
  await Promise.all([...writers, sensor].map((one) => one.stop()))
}, 600_000)

afterAll(async () => {
  await listener?.stop()
  door?.close()
  await cloud?.stop()
  if (app) rmSync(app.folder, { recursive: true, force: true, maxRetries: 5 })
})

test('recalls that were open when the power went are scoped, frozen and notified, each party once', async () => {
  for (const id of recalls) {
    const shown = await until(`recall ${id}`, async () => {
      const one = await show(`/recalls/${id}`)
      return one.recall.status === 'notified' && one
    })
    expect(shown.parties.map(({ status }: any) => status)).toEqual(['sent', 'sent'])
    expect(shown.history.map(({ type }: any) => type)).toEqual([
      ...['RecallOpened', 'RecallFrozen', 'RecallScoped', 'RecallNotified'],
    ])
  }
  console.log(`durability: ${rounds} kills, ${recalls.length} of ${recalls.length} recalls went through to the end`)
})

test('every acknowledged command is there, and exactly once', async () => {
  await openTable(port)
  items = await everything()
  facts = items.flatMap((item) => (item.fact ? [item.fact as LedgerFact] : []))
  const sent = writers.flatMap((one) => one.sent)
  expect(writers.flatMap(({ refusals }) => refusals)).toEqual([])
  expect(sent.filter(({ facts }) => !facts)).toEqual([])
  const known = new Set(facts.map(({ entity, entityId, version }) => `${entity} ${entityId} ${version}`))
  const answered = sent.flatMap(({ facts = [] }) =>
    facts.map(({ entity, id, version }) => `${entity} ${id} ${version}`),
  )
  expect(answered.filter((one) => !known.has(one))).toEqual([])
  expect(new Set(answered).size).toBe(answered.length)
  // What the writers did not send was sent by the setup, under no key.
  const kept = new Set(items.flatMap(({ pk }) => (pk.startsWith('REQUEST#usr-') ? [pk] : [])))
  expect(kept.size).toBe(sent.length)
  const again = sent.filter(({ times }) => times > 1)
  console.log(
    `durability: ${sent.length} commands acknowledged, ${again.length} of them sent more than once, 0 lost, 0 twice`,
  )
})

test('nothing was written in part', async () => {
  const { counts, problems } = await audit(items)
  console.log(`durability: audited ${JSON.stringify(counts)}`)
  expect(problems).toEqual([])
})

test('every fact reached the listener of the bus at least once', async () => {
  const missing = () => facts.filter(({ hash }) => !listener.heard.has(hash))
  await until('the last fact', async () => missing().length === 0).catch(() => undefined)
  expect(missing().map(({ type, entityId, version }) => `${type} ${entityId} ${version}`)).toEqual([])
  const times = [...listener.heard.values()].reduce((sum, one) => sum + one, 0)
  console.log(`durability: ${facts.length} facts heard ${times} times`)
})

test('every acknowledged MQTT message is in the time series and in the state of its device', async () => {
  const last = sensor.acknowledged.at(-1)!
  const latest = await until('the last reading', async () => {
    const { reported } = await show(`/devices/${device.id}`)
    return reported.latest.temperatureC?.at === last && reported.latest.temperatureC
  })
  expect(latest.value).toBe(4.4)
  const stored = new Set<string>()
  const to = new Date(Date.parse(last) + 1000).toISOString()
  for (let from: string | undefined = new Date(begin).toISOString(); from; ) {
    const page: any = await show(`/devices/${device.id}/readings?from=${from}&to=${to}`)
    for (const { at } of page.readings) stored.add(at)
    from = page.next
  }
  expect(sensor.acknowledged.filter((at) => !stored.has(at))).toEqual([])
  console.log(
    `durability: ${sensor.acknowledged.length} readings acknowledged in ${sensor.acknowledged.length / 5} messages, ${sensor.repeats} repeated, all stored`,
  )
})
