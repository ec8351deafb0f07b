import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askLake } from '../../lib/lake.ts'
import { type LocalCloud, startLocalCloud } from '../../lib/local/start.ts'
import { certificateRequest, filesOf } from '../../story/device.ts'
import { Door } from '../../test/cloud/door.ts'
import { storageSensor } from '../../test/cloud/factory.ts'
import { People } from '../../test/cloud/people.ts'
import { synthesized } from '../../test/cloud/synthesis.ts'
import { pointAwsAt } from '../../test/cloud/table.ts'
import { tokenSigner } from '../../test/cloud/tokens.ts'
import { pause, plantBroker, until } from './plant.ts'

const port = Number(process.env.EDGE_CLOUD_PORT ?? 27_400)
let app: Awaited<ReturnType<typeof synthesized>>
let cloud: LocalCloud
let door: Door
let people: People
let plant: Awaited<ReturnType<typeof plantBroker>>
let gateway: ChildProcess | undefined

beforeAll(async () => {
  app = await synthesized()
  cloud = await startLocalCloud({ port, data: app.data, out: app.out })
  door = new Door(port)
  people = await People.hire(door, await tokenSigner(port, app.data))
  plant = await plantBroker(port + 10)
}, 300_000)

afterAll(async () => {
  gateway?.kill('SIGKILL')
  await plant?.cut()
  door?.close()
  await cloud?.stop()
  if (app) rmSync(app.folder, { recursive: true, force: true })
})

async function show(path: string): Promise<any> {
  const { status, text } = await people.ask('auditor', { method: 'GET', path })
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`)
  return JSON.parse(text)
}

/** Registers a device and stores its certificate as a technician would. */
async function enroll(): Promise<string> {
  const kindId = await storageSensor(people, 'storage-sensor')
  const { dictionary } = (await show(`/device-kinds/${kindId}`)).state
  const able = { dictionary: { ...dictionary, actions: ['lock', 'report'] } }
  await people.post('quality', `/device-kinds/${kindId}/revisions`, able)
  const site = { code: 'BER', name: 'Berlin plant', country: 'DE', timeZone: 'Europe/Berlin' }
  const siteId = await people.make('admin', '/sites', site)
  const place = { code: 'COLD-1', name: 'Cold room 1', zone: 'cold', storage: { minC: 2, maxC: 8 } }
  const locationId = await people.make('admin', `/sites/${siteId}/locations`, place)
  const id = await people.make('service', '/devices', { siteId, name: 'Upper shelf', kindId, locationId })
  const folder = join(app.folder, 'device')
  mkdirSync(folder)
  await people.post('service', `/devices/${id}/certificates`, { csr: await certificateRequest(folder, id) })
  const state = await until('the certificate', async () => {
    const shown = await show(`/devices/${id}`)
    return shown.state.status === 'certified' && shown.state
  })
  writeFileSync(filesOf(folder).certificate, state.certificate.pem)
  const { rootCa } = (await (await fetch(`http://127.0.0.1:${port}/_local/iot`)).json()) as { rootCa: string }
  writeFileSync(filesOf(folder).rootCa, rootCa)
  return id
}

/** A machine at the plant's broker, which hears commands and answers when it is told to. */
async function machineThatObeys() {
  const machine = await connectAsync(`mqtt://127.0.0.1:${port + 10}`, { clientId: 'press' })
  const heard: { id: string; action: string; parameters?: object }[] = []
  machine.on('message', (_, payload) => heard.push(JSON.parse(payload.toString())))
  await machine.subscribeAsync('press/commands', { qos: 1 })
  const answer = (id: string, status: string, reason: string) =>
    machine.publishAsync('press/answers', JSON.stringify({ id, status, reason }), { qos: 1 })
  return { machine, heard, answer }
}

/** Sends commands through the gateway: one is answered, one crosses a kill, one is never answered. */
async function commandsOf(id: string) {
  const { machine, heard, answer } = await machineThatObeys()
  const send = (body: object) =>
    people.make('service', `/devices/${id}/commands`, { reason: 'Recalled; do not use', ...body })
  const ended = (commandId: string, status: string) =>
    until(`the command ${status}`, async () => {
      const { state } = await show(`/device-commands/${commandId}`)
      return state.status === status && state
    })
  const first = await send({ action: 'lock', parameters: { level: 2 } })
  await until('the command at the machine', () => heard.some((one) => one.id === first))
  expect(heard[0]).toMatchObject({ action: 'lock', parameters: { level: 2 } })
  await ended(first, 'in-progress')
  await answer(first, 'succeeded', 'Locked')
  expect(await ended(first, 'succeeded')).toMatchObject({ answer: 'Locked' })

  gateway!.kill('SIGKILL')
  const second = await send({ action: 'lock' })
  const unanswered = await send({ action: 'report', expiresInSeconds: 5 })
  await ended(unanswered, 'timed-out')
  await startGateway()
  await until('the command that waited', () => heard.some((one) => one.id === second))
  // It dies before the machine has answered, and passes the command on again, as the same.
  gateway!.kill('SIGKILL')
  await startGateway()
  await until('the command again', () => heard.filter((one) => one.id === second).length >= 2)
  await answer(second, 'rejected', 'Door open')
  expect(await ended(second, 'rejected')).toMatchObject({ answer: 'Door open' })
  expect(heard.some((one) => one.id === unanswered)).toBe(false)
  await machine.endAsync(true)
}

async function startGateway(): Promise<void> {
  const child = spawn(process.execPath, ['edge/main.ts', join(app.folder, 'gateway.json')])
  gateway = child
  let told = ''
  child.stdout.on('data', (text) => (told += text))
  await until('the gateway', () => told.includes('source-connected') && told.includes('cloud-connected'))
}

test('what a plant’s broker tells is in the series, the exposures and the lake of the local cloud', async () => {
  const id = await enroll()
  const route = (code: string, field: string) => ({ code, source: 'hall', topic: 'hall/1', field, timeField: 'at' })
  const files = { certificate: 'device/device.pem', key: 'device/device.key' }
  const alarm = { alarm: { min: 2, max: 8 } }
  const config = {
    cloud: { url: `mqtts://localhost:${port + 3}`, rootCa: 'device/root-ca.pem' },
    store: { folder: 'edge' },
    packing: { readings: 10, seconds: 600 },
    sources: { hall: { kind: 'mqtt', url: `mqtt://127.0.0.1:${port + 10}` } },
    devices: [
      {
        ...{ id, ...files, commands: { source: 'hall', topic: 'press/commands', answers: 'press/answers' } },
        metrics: [{ ...route('temperatureC', 't'), ...alarm }, route('humidityPct', 'h')],
      },
    ],
  }
  writeFileSync(join(app.folder, 'gateway.json'), JSON.stringify(config))
  await startGateway()
  const begin = Math.floor(Date.now() / 1000) * 1000 - 3_600_000
  const sent = [5, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6, 5.7, 5.8, 5.9, 9, 9.5].map((t, n) => ({
    at: begin + n * 60_000,
    t,
    h: 41 + n,
  }))
  const machine = await connectAsync(`mqtt://127.0.0.1:${port + 10}`)
  for (const one of sent) await machine.publishAsync('hall/1', JSON.stringify(one), { qos: 1 })
  await machine.endAsync(true)
  const iso = (at: number) => new Date(at).toISOString()
  const path = `/devices/${id}/readings?from=${iso(begin)}&to=${iso(begin + 3_600_000)}`
  const readings = await until('the readings', async () => {
    const found = await show(path)
    return found.readings.length === sent.length && found.readings
  })
  expect(readings).toEqual(sent.map(({ at, t, h }) => ({ at: iso(at), measures: { temperatureC: t, humidityPct: h } })))
  const { items } = await show(`/exposures?deviceId=${id}`)
  expect(items.map(({ state }: any) => [state.start, state.peak])).toEqual([[iso(begin + 600_000), 9.5]])
  await commandsOf(id)
  // What the lake's delivery took is delivered when the cloud stops, at the latest.
  await cloud.stop()
  cloud = await startLocalCloud({ port, data: app.data, out: app.out })
  pointAwsAt(port)
  const lake = { workGroup: 'lotline-lake', database: 'lotline_lake' }
  const sql = "SELECT count(DISTINCT measured_at), max(measures['temperatureC']) FROM samples WHERE device_id = "
  expect((await askLake(lake, `${sql}'${id}'`)).rows).toEqual([[String(sent.length), '9.5']])
  const answers = `SELECT json_extract_scalar(data, '$.answer') FROM facts WHERE type = 'DeviceCommandEnded' ORDER BY recorded_at`
  // A fact that was still on its way to the lake when the cloud stopped comes after its start, within a minute.
  const found = async () => new Set((await askLake(lake, answers)).rows.flat())
  for (const end = Date.now() + 100_000; Date.now() < end && (await found()).size < 3; ) await pause(2000)
  expect(await found()).toEqual(new Set(['Locked', 'Door open', undefined]))
}, 240_000)
