import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AttachPolicyCommand, CreateCertificateFromCsrCommand, IoTClient } from '@aws-sdk/client-iot'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuthority } from '../../lib/local/iot-authority.ts'
import { type LocalCloud, startLocalCloud } from '../../lib/local/start.ts'
import { listAside, redrive } from '../../lib/redrive.ts'
import { certificateRequest, connectDevice, filesOf } from '../../story/device.ts'
import { Door } from '../cloud/door.ts'
import { found, releasedLot, storageSensor } from '../cloud/factory.ts'
import { People } from '../cloud/people.ts'
import { synthesized } from '../cloud/synthesis.ts'
import { pointAwsAt } from '../cloud/table.ts'
import { tokenSigner } from '../cloud/tokens.ts'

const port = 26_400
const minute = 60_000
let cloud: LocalCloud
let folder: string
let cloudData: string
let door: Door
let people: People
let siteId: string
let locationId: string
let kindId: string

beforeAll(async () => {
  const app = await synthesized()
  folder = app.folder
  cloudData = app.data
  // The seed duplicates and reorders deliveries, as the cloud may.
  cloud = await startLocalCloud({ port, data: app.data, out: app.out })
  door = new Door(port)
  people = await People.hire(door, await tokenSigner(port, app.data))
  kindId = await storageSensor(people, 'storage-sensor')
  const berlin = { code: 'BER', name: 'Berlin plant', country: 'DE', timeZone: 'Europe/Berlin' }
  siteId = await people.make('admin', '/sites', berlin)
  const cold = { code: 'COLD-1', name: 'Cold room 1', zone: 'cold', storage: { minC: 2, maxC: 8 } }
  locationId = await people.make('admin', `/sites/${siteId}/locations`, cold)
}, 300_000)

afterAll(async () => {
  door?.close()
  await cloud?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

async function show(path: string): Promise<any> {
  const { status, text } = await people.ask('auditor', { method: 'GET', path })
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`)
  return JSON.parse(text)
}

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (const end = Date.now() + 15_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`${what} did not come within 15 s`)
}

interface TestDevice {
  readonly id: string
  readonly topic: string
  readonly folder: string
}

/** Registers a device and gets its certificate, as a technician would. */
async function enroll(name: string, of: object = {}): Promise<TestDevice> {
  const id = await people.make('service', '/devices', { siteId, name, kindId, locationId, ...of })
  const files = filesOf(join(folder, id))
  mkdirSync(join(folder, id))
  const csr = await certificateRequest(join(folder, id), id)
  await people.post('service', `/devices/${id}/certificates`, { csr })
  const device = await until('the certificate', async () => {
    const shown = await show(`/devices/${id}`)
    return shown.state.status === 'certified' && shown
  })
  writeFileSync(files.certificate, device.state.certificate.pem)
  const { rootCa } = (await (await fetch(`http://127.0.0.1:${port}/_local/iot`)).json()) as { rootCa: string }
  writeFileSync(files.rootCa, rootCa)
  return { id, topic: device.topic, folder: join(folder, id) }
}

async function speaking<T>(device: TestDevice, speak: (client: MqttClient) => Promise<T>): Promise<T> {
  const client = await connectDevice(port + 3, device.id, device.folder)
  try {
    return await speak(client)
  } finally {
    await client.endAsync(true)
  }
}

/** Asks for a certificate of a new key, and stores it beside that key in a folder of its own. */
async function rotate({ id, folder: old }: TestDevice): Promise<string> {
  const fresh = `${old}-next`
  mkdirSync(fresh)
  const before = (await show(`/devices/${id}`)).state.certificate.certificateId
  await people.post('service', `/devices/${id}/certificates`, { csr: await certificateRequest(fresh, id) })
  const { certificate, former } = await until('the next certificate', async () => {
    const { state } = await show(`/devices/${id}`)
    return state.certificate.certificateId !== before && state
  })
  expect(former.certificateId).toBe(before)
  writeFileSync(filesOf(fresh).certificate, certificate.pem)
  writeFileSync(filesOf(fresh).rootCa, readFileSync(filesOf(old).rootCa))
  return fresh
}

/** Revokes a certificate, and gives the milliseconds until its open connection was dropped. */
async function revoke(id: string, certificateId: string, client: MqttClient): Promise<number> {
  const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
  const asked = performance.now()
  await people.post('quality', `/devices/${id}/revocations`, { certificateId, reason: 'Test of the revocation' })
  await gone
  return performance.now() - asked
}

const begin = Math.floor(Date.now() / minute) * minute - 60 * minute
const at = (after: number) => new Date(begin + after * minute).toISOString()
const messageOf = (sequence: number, temperatures: readonly number[]) =>
  JSON.stringify({
    bootId: 'b1',
    sequence,
    readings: temperatures.map((temperatureC, index) => ({ at: at(sequence * 10 + index), temperatureC })),
  })

test('a day of one sensor: every reading in the series, one exposure, whatever the delivery does', async () => {
  const device = await enroll('Upper shelf')
  const sent = [
    [5, 5.1, 5, 5.2, 5, 5, 5, 5, 6, 7],
    [7.5, 8.2, 9, 11.4, 10, 9, 8.4, 8.1, 7.9, 7.8],
    [7.4, 7, 6, 5, 5, 5, 5, 5, 5, 5],
  ]
  await speaking(device, async (client) => {
    for (const [sequence, temperatures] of sent.entries()) {
      const payload = messageOf(sequence, temperatures)
      await client.publishAsync(device.topic, payload, { qos: 1 })
      await client.publishAsync(device.topic, payload, { qos: 1 })
      await until(`message ${sequence}`, async () => {
        const { reported } = await show(`/devices/${device.id}`)
        return reported.latest.temperatureC?.at === at(sequence * 10 + 9)
      })
    }
  })
  const { readings, next } = await show(`/devices/${device.id}/readings?from=${at(0)}&to=${at(60)}`)
  expect(readings).toEqual(sent.flat().map((temperatureC, index) => ({ at: at(index), measures: { temperatureC } })))
  expect(next).toBeUndefined()
  const { items } = await show(`/exposures?deviceId=${device.id}`)
  expect(items.map(({ state }: any) => state)).toEqual([
    {
      ...{ deviceId: device.id, siteId, locationId, metric: 'temperatureC' },
      ...{ limits: { min: 2, max: 8, margin: 0.5 }, start: at(11), end: at(20), peak: 11.4, peakAt: at(13) },
    },
  ])
  const exposure = await show(`/exposures/${items[0].id}`)
  expect(exposure.history.map(({ type }: any) => type)).toEqual(['ExposureOpened', 'ExposureClosed'])
  expect(exposure.intact).toBe(true)
  const shown = await show(`/devices/${device.id}`)
  expect(shown.history.map(({ type }: any) => type)).toEqual([
    'DeviceRegistered',
    'DeviceCertificateRequested',
    'DeviceCertificateIssued',
  ])
  expect(shown.open).toEqual([])
}, 60_000)

test('a device on the topic of another is cut off, and nothing of it arrives', async () => {
  const [mine, other] = [await enroll('Mine'), await enroll('Other')]
  const closed = await speaking(mine, (client) => {
    const gone = new Promise<string>((resolve) => client.once('close', () => resolve('closed')))
    client.publish(other.topic, messageOf(0, [99]), { qos: 1 }, () => undefined)
    return gone
  })
  expect(closed).toBe('closed')
  expect((await show(`/devices/${other.id}`)).reported).toEqual({ latest: {} })
  await expect(connectDevice(port + 3, other.id, mine.folder)).rejects.toThrow()
}, 60_000)

test('a message that no sensor can have sent is put aside with its cause, and holds up nothing', async () => {
  const device = await enroll('Confused')
  const queues = { waiting: 'lotline-telemetry', dead: 'lotline-telemetry-dead' }
  pointAwsAt(port)
  await speaking(device, async (client) => {
    await client.publishAsync(device.topic, messageOf(0, [5, 451]), { qos: 1 })
    await client.publishAsync(device.topic, messageOf(1, [6]), { qos: 1 })
  })
  const reported = await until('the sound message', async () => {
    const shown = await show(`/devices/${device.id}`)
    return shown.reported.sequence === 1 && shown.reported
  })
  expect(reported.latest).toEqual({ temperatureC: { at: at(10), value: 6 } })
  const { readings } = await show(`/devices/${device.id}/readings?from=${at(0)}&to=${at(60)}`)
  expect(readings).toEqual([{ at: at(10), measures: { temperatureC: 6 } }])
  const aside = await until('the message that was put aside', async () => {
    const all = await listAside(queues.dead)
    return all.find(({ payload }) => payload.includes(device.id))
  })
  expect(aside).toMatchObject({ by: 'iot/ingest-telemetry', cause: { code: 'reading-implausible' } })
  expect(aside.cause.en).toContain(`temperatureC is 451 °C, outside -100 to 150 °C`)
  expect(aside.cause.zh).toContain('请检查传感器')
  expect(JSON.parse(Buffer.from(JSON.parse(aside.payload).payload, 'base64').toString())).toEqual(
    JSON.parse(messageOf(0, [5, 451])),
  )

  // With a wider dictionary the message is right after all, and goes in again.
  const { dictionary } = (await show(`/device-kinds/${kindId}`)).state
  const [temperature, ...others] = dictionary.metrics
  const wider = { ...dictionary, metrics: [{ ...temperature, max: 500 }, ...others] }
  await people.post('quality', `/device-kinds/${kindId}/revisions`, { dictionary: wider })
  await people.post('quality', `/device-kinds/${kindId}/applications`, { deviceIds: [device.id] })
  expect(await redrive(queues)).toBeGreaterThan(0)
  await until('the message in the series', async () => {
    const again = await show(`/devices/${device.id}/readings?from=${at(0)}&to=${at(60)}`)
    return again.readings.length === 3
  })
  // 451 at minute 1 and 6 at minute 10: what came late made an exposure of its own.
  const { items } = await until('the exposure', async () => {
    const found = await show(`/exposures?deviceId=${device.id}`)
    return found.items.some(({ state }: any) => state.end) && found
  })
  expect(items.map(({ state }: any) => [state.start, state.end, state.peak])).toEqual([[at(1), at(10), 451]])
}, 60_000)

test('a certificate is replaced while the device works; the old one, revoked, is cut off within 5 seconds', async () => {
  const device = await enroll('Rotated')
  const old = await connectDevice(port + 3, device.id, device.folder)
  const { certificateId } = (await show(`/devices/${device.id}`)).state.certificate
  const nextFolder = await rotate(device)
  expect(await revoke(device.id, certificateId, old)).toBeLessThan(5000)
  await expect(connectDevice(port + 3, device.id, device.folder)).rejects.toThrow()
  await speaking({ ...device, folder: nextFolder }, (client) =>
    client.publishAsync(device.topic, messageOf(0, [5]), { qos: 1 }),
  )
  await until('a reading by the next certificate', async () => {
    const { reported } = await show(`/devices/${device.id}`)
    return reported.latest.temperatureC?.at === at(0)
  })
  const { state } = await show(`/devices/${device.id}`)
  expect(state).toMatchObject({ status: 'certified' })
  expect(state.former).toBeUndefined()
  const csr = readFileSync(filesOf(device.folder).csr, 'utf8')
  const again = await people.ask('service', {
    method: 'POST',
    path: `/devices/${device.id}/certificates`,
    body: { csr },
  })
  expect(JSON.parse(again.text).code).toBe('key-distrusted')
}, 60_000)

const shadowOf = (id: string) => `$aws/things/${id}/shadow`

/** What a device hears on a topic, newest first; begins to listen when it is called. */
function hearing(client: MqttClient) {
  const heard: { topic: string; message: any }[] = []
  client.on('message', (topic, payload) => void heard.unshift({ topic, message: JSON.parse(payload.toString()) }))
  return (topic: string): any[] => heard.filter((one) => one.topic.endsWith(topic)).map(({ message }) => message)
}

const report = (client: MqttClient, id: string, reported: object) =>
  client.publishAsync(`${shadowOf(id)}/update`, JSON.stringify({ state: { reported } }), { qos: 1 })

async function ended(commandId: string, status: string): Promise<any> {
  return until(`the command ${status}`, async () => {
    const shown = await show(`/device-commands/${commandId}`)
    return shown.state.status === status && shown
  })
}

test('a command waits for a device that is away, comes when it is back, and is answered once', async () => {
  const actions = ['lock', 'report']
  const { dictionary } = (await show(`/device-kinds/${kindId}`)).state
  await people.post('quality', `/device-kinds/${kindId}/revisions`, { dictionary: { ...dictionary, actions } })
  const device = await enroll('Commanded')
  const told = { deviceId: device.id, action: 'lock', parameters: { level: 2 }, reason: 'Recalled; do not use' }
  const { deviceId: _, ...body } = told

  // It subscribes in a persistent session, tells what it is, and goes.
  const first = await connectDevice(port + 3, device.id, device.folder, { clean: false })
  await first.subscribeAsync(`${shadowOf(device.id)}/update/delta`, { qos: 1 })
  await report(first, device.id, { firmware: '1.4.0', state: 'idle' })
  await first.endAsync(true)
  const lost = await people.make('service', `/devices/${device.id}/commands`, { ...body, expiresInSeconds: 5 })
  const commandId = await people.make('service', `/devices/${device.id}/commands`, body)
  await ended(commandId, 'sent')

  // The session kept the delta for it; the shadow would tell it again when asked.
  const second = await connectDevice(port + 3, device.id, device.folder, { clean: false })
  const heard = hearing(second)
  const delta = await until('the delta', async () =>
    heard('/update/delta').find(({ state }) => state.commands?.[commandId]),
  )
  expect(delta.state.commands[commandId]).toMatchObject({ action: 'lock', parameters: { level: 2 } })
  await second.subscribeAsync(`${shadowOf(device.id)}/get/accepted`, { qos: 1 })
  await second.publishAsync(`${shadowOf(device.id)}/get`, '', { qos: 1 })
  const shown = await until('the shadow', async () => heard('/get/accepted')[0])
  expect(shown.state.delta.commands[commandId]).toEqual(delta.state.commands[commandId])
  await report(second, device.id, { commands: { [commandId]: { status: 'in-progress' } } })
  await ended(commandId, 'in-progress')
  await report(second, device.id, {
    state: 'locked',
    commands: { [commandId]: { status: 'succeeded', reason: 'Locked' } },
  })
  const { state, history } = await ended(commandId, 'succeeded')
  expect(state).toMatchObject({ answer: 'Locked', requestedBy: expect.any(String), endedAt: expect.any(String) })
  expect(history.map(({ type }: any) => type)).toEqual([
    'DeviceCommandRequested',
    'DeviceCommandSent',
    'DeviceCommandAcknowledged',
    'DeviceCommandEnded',
  ])
  // What ended is out of the shadow: a device that comes back hears nothing of it.
  await until('the shadow without it', async () => {
    await second.publishAsync(`${shadowOf(device.id)}/get`, '', { qos: 1 })
    return heard('/get/accepted').some(({ state }) => !JSON.stringify(state).includes(commandId))
  })
  await second.endAsync(true)

  // The one that it never answered: the time is over, and the record says so.
  await ended(lost, 'timed-out')
  const twin = await show(`/devices/${device.id}/twin`)
  expect(twin).toMatchObject({
    identity: { name: 'Commanded', kind: 'storage-sensor', thingType: 'sensor', status: 'certified' },
    firmware: { version: '1.4.0' },
    location: { state: { code: 'COLD-1' } },
    state: { reported: 'locked' },
    shadow: { reported: { firmware: '1.4.0', state: 'locked' } },
    ...{ commands: [], serviceOrders: [], recalls: [] },
  })
  const unknown = await people.ask('service', {
    ...{ method: 'POST', path: `/devices/${device.id}/commands` },
    body: { action: 'dance', reason: 'Party tonight' },
  })
  expect(JSON.parse(unknown.text).code).toBe('action-unknown')
}, 60_000)

/** What was put aside by this function, by the code of its cause. */
const asideIn = (queue: string, part: string) =>
  until(`what was put aside in ${queue}`, async () =>
    (await listAside(`lotline-${queue}-dead`)).find(({ payload, cause }) =>
      [cause.en, Buffer.from(JSON.parse(payload).payload ?? '', 'base64').toString()].join().includes(part),
    ),
  )

/** A kind of device that says nothing but its state. */
const talker = (thingType: string) =>
  people.make('admin', '/device-kinds', {
    ...{ code: thingType, name: { en: thingType }, thingType },
    dictionary: { metrics: [], texts: ['state'] },
  })

test('a scan moves and ships what it names, once; what is unclear goes aside with its cause', async () => {
  pointAwsAt(port)
  const factory = await found(people, 'SCAN')
  const [store, cold, dock] = factory.locations
  const gtin = '04012345678901'
  const part = await people.make('admin', '/items', {
    ...{ code: 'SYRINGE', name: { en: 'Syringe' }, kind: 'device', unit: 'each', tracking: 'lot', gtin },
  })
  const lotId = await releasedLot(
    people,
    { ...factory, items: { ...factory.items, part } },
    { number: 'L-77', quantity: 40 },
  )
  const scanner = await enroll('Gate', { kindId: await talker('scanner'), siteId: factory.siteId, locationId: dock })
  const topic = `$aws/rules/lotline_scans/${scanner.id}`
  const placesOf = async () => {
    const { places } = await show(`/lots/${lotId}`)
    return Object.fromEntries(places.map(({ place, quantity }: any) => [place, quantity]))
  }
  await speaking(scanner, async (client) => {
    const scan = (message: object) =>
      client.publishAsync(
        topic,
        JSON.stringify({ at: new Date().toISOString(), code: `]d201${gtin}10L-77`, ...message }),
        { qos: 1 },
      )
    const stored = { id: 's-1', at: new Date().toISOString(), purpose: 'store', location: 'COLD-SCAN', quantity: 30 }
    await scan(stored)
    await scan(stored)
    await until('the move', async () => (await placesOf())[cold!] === 30)
    await scan({ id: 's-2', purpose: 'store', from: 'COLD-SCAN', quantity: 25 })
    await until('the second move', async () => (await placesOf())[dock!] === 25)
    await scan({ id: 's-3', purpose: 'ship', shipment: 'SH-SCAN', customer: 'CUSTOMER-SCAN' })
    await until('the shipment', async () => (await show('/shipments?number=SH-SCAN')).items[0])
    expect(await placesOf()).toMatchObject({ [store!]: 10, [cold!]: 5 })
    await scan({ id: 's-4', purpose: 'store' })
    await scan({ id: 's-5', purpose: 'store', code: 'hello' })
    expect((await asideIn('scans', '"s-4"')).cause).toMatchObject({ code: 'scan-ambiguous' })
    expect((await asideIn('scans', '"s-5"')).cause.zh).toContain('请重新扫描')
    await scan({ id: 's-1', purpose: 'store', quantity: 1 })
    expect((await asideIn('scans', 'used before')).cause.code).toBe('key-reused')
  })
  const { history } = await show(`/lots/${lotId}`)
  const moves = history.filter(({ type }: any) => type === 'LotMoved')
  expect(moves.map(({ command, by }: any) => [command, by.sub])).toEqual(
    Array(2).fill(['warehouse/move-stock', scanner.id]),
  )

  // Only a scanner may scan: the policy of a sensor ends the connection.
  const sensor = await enroll('No scanner')
  const closed = await speaking(sensor, (client) => {
    const gone = new Promise<string>((resolve) => client.once('close', () => resolve('closed')))
    client.publish(`$aws/rules/lotline_scans/${sensor.id}`, '{}', { qos: 1 }, () => undefined)
    return gone
  })
  expect(closed).toBe('closed')
}, 60_000)

test('what a MES reports is done in its order and once, by its own numbers', async () => {
  const factory = await found(people, 'MES')
  await releasedLot(people, factory, { number: 'L-MES', quantity: 100 })
  const planned = { number: 'PO-MES', quantity: 10, unit: 'each', due: '2099-12-31' }
  const orderId = await people.make('production', '/orders', {
    ...{ ...planned, siteId: factory.siteId, itemId: factory.items.pump },
  })
  const mes = await enroll('MES', { kindId: await talker('controller'), siteId: factory.siteId, locationId: undefined })
  const at = new Date().toISOString()
  const line = {
    item: 'PART-MES',
    lot: 'L-MES',
    location: 'STORE-MES',
    quantity: 20,
    unit: 'each',
    deviation: 'No BOM yet',
  }
  const output = { location: 'STORE-MES', lot: 'P-MES', quantity: 10, unit: 'each' }
  const events = [
    { id: 'm-1', at, event: 'order-started', order: 'PO-MES' },
    { id: 'm-2', at, event: 'material-issued', order: 'PO-MES', lines: [line] },
    { id: 'm-3', at, event: 'output-recorded', order: 'PO-MES', ...output },
  ]
  const isDone = (event: string) => async () =>
    (await show(`/orders/${orderId}`)).history.some(({ type }: any) => type === event)
  await speaking(mes, async (client) => {
    const report = (event: object) =>
      client.publishAsync(`$aws/rules/lotline_mes/${mes.id}`, JSON.stringify(event), { qos: 1 })
    await report(events[0]!)
    await until('the start', isDone('OrderStarted'))
    for (const event of [...events, ...events]) await report(event)
  })
  await until('the material', isDone('MaterialIssued'))
  const { state, history } = await until('the output', async () => {
    const order = await show(`/orders/${orderId}`)
    return order.state.produced > 0 && order
  })
  expect(state).toMatchObject({ status: 'started', produced: 10, issued: [{ quantity: 20 }] })
  const types = history.map(({ type }: any) => type)
  expect(types.sort()).toEqual(['MaterialIssued', 'OrderPlanned', 'OrderStarted', 'OutputRecorded'])
}, 60_000)

test('an alarm that a device reports opens an order; what was done to it begins a new life', async () => {
  const pump = await enroll('Pump', { kindId: await talker('field-device'), locationId: undefined })
  const at = new Date().toISOString()
  await speaking(pump, async (client) => {
    const tell = (event: object) =>
      client.publishAsync(`$aws/rules/lotline_events/${pump.id}`, JSON.stringify({ at, ...event }), { qos: 1 })
    await tell({ id: 'e-1', event: 'usage', counter: 'hours', value: 4100 })
    await tell({ id: 'e-2', event: 'alarm', code: 'E-12', active: true, text: 'Pressure too high' })
  })
  const order = await until('the order', async () => (await show(`/service-orders?subjectId=${pump.id}`)).items[0])
  expect(order.state).toMatchObject({ title: 'Pump: E-12 Pressure too high', cause: { kind: 'alarm' }, region: 'DE' })
  await people.post('service', `/service-orders/${order.id}/completion`, { work: 'New membrane', outcome: 'failed' })
  const { renewals } = await until('the renewal', async () => {
    const { state } = await show(`/devices/${pump.id}`)
    return state.renewals.length > 0 && state
  })
  expect(renewals).toMatchObject([{ used: 4100, failed: true, itemIds: [] }])
}, 60_000)

/** Asks as a claim client, and gives what was accepted or rejected. */
async function asking(client: MqttClient) {
  const heard: { topic: string; message: any }[] = []
  client.on('message', (topic, payload) => void heard.push({ topic, message: JSON.parse(payload.toString()) }))
  return async (topic: string, request: object): Promise<{ accepted: boolean; message: any }> => {
    await client.subscribeAsync([`${topic}/accepted`, `${topic}/rejected`], { qos: 1 })
    heard.length = 0
    await client.publishAsync(topic, JSON.stringify(request), { qos: 1 })
    const { topic: from, message } = await until(`an answer on ${topic}`, async () => heard[0])
    return { accepted: from.endsWith('/accepted'), message }
  }
}

test('a device claims its own certificate by its serial number; nobody else does, and nothing else', async () => {
  pointAwsAt(port)
  const iot = new IoTClient({})
  const batch = join(folder, 'claim-batch')
  const { rootCa } = (await (await fetch(`http://127.0.0.1:${port}/_local/iot`)).json()) as { rootCa: string }
  const store = (of: string, pem: string) => {
    writeFileSync(filesOf(of).certificate, pem)
    writeFileSync(filesOf(of).rootCa, rootCa)
  }
  const signed = await iot.send(
    new CreateCertificateFromCsrCommand({
      ...{ certificateSigningRequest: await certificateRequest(batch, 'batch'), setAsActive: true },
    }),
  )
  await iot.send(new AttachPolicyCommand({ policyName: 'lotline-claim', target: signed.certificateArn }))
  store(batch, signed.certificatePem!)
  const id = await people.make('service', '/devices', { siteId, name: 'Claimed', kindId, locationId, serial: 'SN-1' })

  const claim = async (serial: string, into: string) => {
    const client = await connectDevice(port + 3, `claim-${serial}`, batch)
    try {
      const ask = await asking(client)
      const csr = await certificateRequest(into, serial)
      const made = await ask('$aws/certificates/create-from-csr/json', { certificateSigningRequest: csr })
      store(into, made.message.certificatePem)
      const parameters = { DeviceKind: 'storage-sensor', SerialNumber: serial }
      const { certificateOwnershipToken } = made.message
      return await ask('$aws/provisioning-templates/lotline-claim/provision/json', {
        certificateOwnershipToken,
        parameters,
      })
    } finally {
      await client.endAsync(true)
    }
  }
  expect(await claim('SN-9', join(folder, 'SN-9'))).toMatchObject({
    ...{ accepted: false, message: { statusCode: 403, errorCode: 'AccessDenied' } },
  })
  await expect(connectDevice(port + 3, id, join(folder, 'SN-9'))).rejects.toThrow()
  const own = join(folder, 'SN-1')
  expect(await claim('SN-1', own)).toEqual({ accepted: true, message: { deviceConfiguration: {}, thingName: id } })
  const topic = `$aws/rules/lotline_telemetry/${id}/telemetry`
  await speaking({ id, topic, folder: own }, (client) => client.publishAsync(topic, messageOf(0, [5]), { qos: 1 }))
  await until('a reading', async () => (await show(`/devices/${id}`)).reported.latest.temperatureC)
  const { history } = await show(`/devices/${id}`)
  expect(history.map(({ type }: any) => type)).toEqual(['DeviceRegistered', 'DeviceClaimed'])

  // Somebody copied the serial number; and a claim certificate neither speaks nor stands for a device.
  expect((await claim('SN-1', join(folder, 'SN-1-copy'))).accepted).toBe(false)
  await expect(connectDevice(port + 3, id, batch)).rejects.toThrow()
  const thief = await connectDevice(port + 3, 'claim-thief', batch)
  const gone = new Promise<string>((resolve) => thief.once('close', () => resolve('closed')))
  thief.publish(topic, messageOf(1, [99]), { qos: 1 }, () => undefined)
  expect(await gone).toBe('closed')
}, 60_000)

/** How often the broker refused something, by AWS's name of the metric. */
async function refusedBy(metric: string): Promise<number> {
  const { refused } = (await (await fetch(`http://127.0.0.1:${port}/_local/iot`)).json()) as any
  return refused[metric] ?? 0
}

const [recent, in1970] = [new Date(Date.now() - 1000).toISOString(), '1970-01-01T00:00:10.000Z']
const payloadOf = (reading: object, more: object = {}) =>
  JSON.stringify({ bootId: 'bad', sequence: 1, readings: [{ at: recent, ...reading }], ...more })

describe('bad input is refused with a cause that a person understands, and counted', () => {
  let device: TestDevice
  const unsound = [
    ['a schema violation', '{"bootId":"bad","readings":[]}', 'payload-unreadable', 'cannot be read: sequence'],
    ['NaN', '{"bootId":"bad","sequence":1,"readings":[{"temperatureC":NaN}]}', 'payload-unreadable', 'cannot be read'],
    [
      'a unit mismatch',
      payloadOf({ temperatureC: 41 }, { units: { temperatureC: '°F' } }),
      'metric-unit-foreign',
      '°F',
    ],
    ['a clock of 1970', payloadOf({ at: in1970, temperatureC: 5 }), 'reading-too-old', 'Set the clock'],
  ] as const
  beforeAll(async () => {
    pointAwsAt(port)
    device = await enroll('Bad')
    await speaking(device, async (client) => {
      for (const [, payload] of unsound) await client.publishAsync(device.topic, payload, { qos: 1 })
    })
  }, 60_000)

  /** Waits for the metric `Quarantined` of a message put aside for this cause. */
  const counted = (cause: string) =>
    until('the metric', async () => {
      const log = readFileSync(join(cloudData, 'lambda', 'logs', 'lotline-iot-ingest-telemetry.log'), 'utf8')
      const lines = log.split('\n').filter((line) => line.includes('"Quarantined":1'))
      return lines.some((line) => line.includes(cause))
    })

  test.each(unsound)('%s', async (_, payload, code, words) => {
    const aside = await until('the quarantine', async () => {
      const all = await listAside('lotline-telemetry-dead')
      return all.find((one) => Buffer.from(JSON.parse(one.payload).payload, 'base64').toString() === payload)
    })
    expect(aside).toMatchObject({ by: 'iot/ingest-telemetry', cause: { code, en: expect.stringContaining(words) } })
    expect(aside.cause.zh).toMatch(/[\u4e00-\u9fff]/)
    await counted(code)
  })

  test('a device that nobody registered', async () => {
    const unknown = 'dev_0000000000000000000000000Z'
    const operator = await connectAsync(`mqtt://127.0.0.1:${port + 2}`, { clientId: unknown, protocolVersion: 4 })
    await operator.publishAsync(`$aws/rules/lotline_telemetry/${unknown}/telemetry`, payloadOf({ temperatureC: 5 }), {
      qos: 1,
    })
    await operator.endAsync(true)
    const aside = await until('the quarantine', async () =>
      (await listAside('lotline-telemetry-dead')).find(({ payload }) => payload.includes(unknown)),
    )
    expect(aside.cause).toMatchObject({ code: 'entity-unknown', en: expect.stringContaining(unknown) })
    expect(aside.cause.zh).toMatch(/[\u4e00-\u9fff]/)
    await counted('entity-unknown')
  })

  test('a foreign certificate', async () => {
    const foreign = join(folder, 'foreign')
    mkdirSync(foreign)
    const other = await openAuthority(join(folder, 'other-authority'))
    const { pem } = await other.issueDevice(await certificateRequest(foreign, device.id))
    writeFileSync(filesOf(foreign).certificate, pem)
    writeFileSync(filesOf(foreign).rootCa, readFileSync(filesOf(device.folder).rootCa))
    const before = await refusedBy('Connect.AuthError')
    await expect(connectDevice(port + 3, device.id, foreign)).rejects.toThrow()
    await until('the count', async () => (await refusedBy('Connect.AuthError')) > before)
  })

  test.each([
    ['a wrong topic', 'PublishIn.AuthError', 'lotline/elsewhere', 1, 10],
    ['128 KB and a byte', 'PublishIn.ClientError', undefined, 1, 128 * 1024 + 1],
    ['101 messages in a second', 'PublishIn.Throttle', undefined, 300, 10],
  ])('%s', async (_, metric, topic, times, bytes) => {
    const before = await refusedBy(metric)
    await speaking(device, async (client) => {
      const gone = new Promise<void>((resolve) => client.once('close', () => resolve()))
      for (let count = 0; count < times; count++)
        client.publish(topic ?? device.topic, Buffer.alloc(bytes, 'x'), { qos: 1 }, () => undefined)
      await gone
    })
    expect(await refusedBy(metric)).toBeGreaterThan(before)
  })
})

test('a lot in a cold room that was too warm for too long is held, and the stock is shown with its climate', async () => {
  const storage = { minC: 2, maxC: 8 }
  const room = { code: 'COLD-2', name: 'Cold room 2', zone: 'cold', storage }
  const place = await people.make('admin', `/sites/${siteId}/locations`, room)
  const itemId = await people.make('admin', '/items', {
    ...{ code: 'REAGENT-9', name: { en: 'Reagent' }, kind: 'material', unit: 'ml', tracking: 'lot', storage },
    thermalBudget: { minutesAbove: 5, meanKineticC: 30 },
  })
  const supplierId = await people.make('admin', '/partners', {
    ...{ code: 'S-COLD', name: 'Reagents Ltd', roles: ['supplier'], language: 'en', country: 'DE' },
    contacts: [{ name: 'Sales', email: 'sales@reagents.example' }],
  })
  const lines = [{ itemId, number: 'RG-1', supplierLot: 'R 1', quantity: 500, unit: 'ml' }]
  const receipt = { supplierId, locationId: place, lines, happenedAt: at(0) }
  const lotId = await people.make('warehouse', '/deliveries', receipt)
  const device = await enroll('Cold room 2', { locationId: place })
  await speaking(device, async (client) => {
    await client.publishAsync(device.topic, messageOf(0, [5, 5, 9, 9.5, 9]), { qos: 1 })
    await client.publishAsync(device.topic, messageOf(1, [5, 5]), { qos: 1 })
  })
  const { state } = await until('the hold', async () => {
    const shown = await show(`/lots/${lotId}`)
    return shown.state.status === 'held' && shown
  })
  const [nonconformanceId] = state.nonconformanceIds
  expect((await show(`/nonconformances/${nonconformanceId}`)).state).toMatchObject({
    lotIds: [lotId],
    foundAt: 'storage',
  })
  const history = await show(`/lots/${lotId}/thermal-history`)
  expect(history).toMatchObject({
    borne: { minutesAbove: 8, highestC: 9.5 },
    left: { minutesAbove: -3 },
    nonconformanceId,
  })
  expect(history.breaches).toMatchObject([{ deviceId: device.id, place, from: at(2), until: at(10) }])
  const climate = await show(`/locations/${place}/climate`)
  expect(climate.sensors).toMatchObject([{ deviceId: device.id, openExposureIds: [] }])
  expect(climate.items).toMatchObject([{ lotId, quantity: 500, thermal: { borne: { minutesAbove: 8 } } }])
  // Delivered twice and in another order, and still one.
  const { items } = await show('/nonconformances?status=open')
  expect(items.filter(({ state }: any) => state.lotIds.includes(lotId))).toHaveLength(1)
}, 60_000)
