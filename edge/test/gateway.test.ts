import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { OPCUACertificateManager } from 'node-opcua-certificate-manager'
import { DataType, MessageSecurityMode, SecurityPolicy, StatusCodes } from 'node-opcua-client'
import { OPCUAServer } from 'node-opcua-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAuthority } from '../../lib/local/iot-authority.ts'
import { certificateRequest, filesOf } from '../../story/device.ts'
import { CloudBroker, pause, plantBroker, until } from './plant.ts'

const port = Number(process.env.EDGE_PORT ?? 27_300)
const [press, hall] = ['dev_press', 'dev_hall']
let folder: string
let cloud: CloudBroker
let plant: Awaited<ReturnType<typeof plantBroker>>
let server: OPCUAServer
let node: Awaited<ReturnType<typeof startPress>>['node']
let machine: MqttClient
let gateway: ChildProcess | undefined
let told = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lotline-edge-'))
  const authority = await openAuthority(folder)
  cloud = new CloudBroker(authority, port)
  for (const id of [press, hall]) {
    const files = filesOf(join(folder, id))
    const { pem } = await authority.issueDevice(await certificateRequest(join(folder, id), id))
    writeFileSync(files.certificate, pem)
    writeFileSync(files.rootCa, authority.certificatePem)
  }
  plant = await plantBroker(port + 1)
  machine = await connectAsync(`mqtt://127.0.0.1:${port + 1}`, { clientId: 'machine', reconnectPeriod: 200 })
  ;({ server, node } = await startPress())
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(config()))
}, 120_000)

afterAll(async () => {
  gateway?.kill('SIGKILL')
  await machine?.endAsync(true)
  await server?.shutdown(100)
  await plant?.cut()
  await cloud?.cut()
  rmSync(folder, { recursive: true, force: true })
})

/** A press with an OPC UA server that speaks Basic256Sha256 only, and trusts only certificates that somebody put there. */
async function startPress() {
  const pki = new OPCUACertificateManager({
    rootFolder: join(folder, 'press-pki'),
    automaticallyAcceptUnknownCertificate: false,
  })
  await pki.initialize()
  const made = new OPCUAServer({
    port: port + 2,
    host: '127.0.0.1',
    securityPolicies: [SecurityPolicy.Basic256Sha256],
    securityModes: [MessageSecurityMode.SignAndEncrypt],
    allowAnonymous: true,
    serverCertificateManager: pki,
    nodeset_filename: [],
    disableDiscovery: true,
  } as never)
  await made.initialize()
  const space = made.engine.addressSpace!
  const variable = space.getOwnNamespace().addVariable({
    organizedBy: space.rootFolder.objects,
    nodeId: 's=Temperature',
    browseName: 'Temperature',
    dataType: 'Double',
    value: { dataType: DataType.Double, value: 20 },
  } as never)
  await made.start()
  mkdirSync(join(folder, 'certificates'), { recursive: true })
  copyFileSync(made.certificateFile, join(folder, 'certificates/press.pem'))
  return { server: made, node: variable }
}

const config = () => {
  const device = (id: string, metrics: object[]) => ({
    id,
    certificate: `${id}/device.pem`,
    key: `${id}/device.key`,
    metrics,
  })
  return {
    cloud: { url: `mqtts://localhost:${port}`, rootCa: `${press}/root-ca.pem` },
    store: { folder: 'store' },
    packing: { readings: 5, seconds: 1, resolutionMs: 1 },
    sources: {
      press: { kind: 'opcua', url: `opc.tcp://127.0.0.1:${port + 2}`, serverCertificate: 'certificates/press.pem' },
      hall: { kind: 'mqtt', url: `mqtt://127.0.0.1:${port + 1}` },
      line: { kind: 'sparkplug', url: `mqtt://127.0.0.1:${port + 1}` },
    },
    devices: [
      device(press, [
        { code: 'temperatureC', source: 'press', node: 'ns=1;s=Temperature', everySeconds: 0.05, deadband: 0.5 },
      ]),
      device(hall, [
        { code: 'n', source: 'hall', topic: 'hall/climate', field: 'n', timeField: 'at' },
        { code: 'speed', source: 'line', device: 'plant/line/mixer', metric: 'Speed' },
      ]),
    ],
  }
}

async function startGateway(): Promise<void> {
  const child = spawn(process.execPath, ['edge/main.ts', join(folder, 'gateway.json')])
  gateway = child
  told = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (told += text))
  await until('the gateway', () => told.includes('"started"'))
}

async function killGateway(): Promise<void> {
  const gone = new Promise((resolve) => gateway!.once('close', resolve))
  gateway!.kill('SIGKILL')
  await gone
}

const setTemperature = (value: number) =>
  node.setValueFromSource({ dataType: DataType.Double, value }, StatusCodes.Good, new Date())
let count = 0
const begin = Date.now() - 3_600_000
/** Publishes numbers one after the other, each in a message of its own that the gateway has acknowledged to the broker. */
async function publish(many: number): Promise<void> {
  for (let sent = 0; sent < many; sent += 1) {
    const message = { n: count, at: new Date(begin + count * 1000).toISOString() }
    await machine.publishAsync('hall/climate', JSON.stringify(message), { qos: 1 })
    count += 1
  }
}
const numbers = () => cloud.valuesOf(hall, 'n').map(({ value }) => value)
const all = () => Array.from({ length: count }, (_, n) => n)
const arrived = () => until(`${count} numbers`, () => numbers().length === count)

test('three kinds of sources, over each device’s own certificate, to the cloud', async () => {
  await cloud.start()
  await startGateway()
  // The press trusts nobody whom its administrator has not seen.
  await until('the refusal of the press', () => /"source-failed","source":"press"/.test(told))
  const trust = new OPCUACertificateManager({ rootFolder: join(folder, 'press-pki') })
  await trust.initialize()
  const { readCertificate } = await import('node-opcua-crypto')
  await trust.trustCertificate(readCertificate(join(folder, 'store/pki/own/certs/gateway.pem')))
  await until('the press', () => /"source-connected","source":"press"/.test(told))
  await until('the hall', () => /"source-connected","source":"hall"/.test(told))
  const temperatures = () => cloud.valuesOf(press, 'temperatureC').map(({ value }) => value)
  await until('the first temperature', () => temperatures().includes(20))
  for (const value of [21, 21.2, 21.4, 22, 23]) {
    setTemperature(value)
    await pause(150)
  }
  await until('the temperatures', () => temperatures().includes(23))
  expect(temperatures()).toEqual([20, 21, 22, 23])
  await publish(12)
  await arrived()
  expect(numbers()).toEqual(all())
  expect(cloud.valuesOf(hall, 'n')[3]!.at).toBe(new Date(begin + 3000).toISOString())
  expect(cloud.got.map(({ clientId, topic }) => topic.split('/')[3] === clientId)).not.toContain(false)
})

test('Sparkplug names of a birth hold for the data after it; who was not heard being born is asked', async () => {
  const asked: string[] = []
  await machine.subscribeAsync('spBv1.0/plant/NCMD/line')
  machine.on('message', (topic) => asked.push(topic))
  await machine.publishAsync('spBv1.0/plant/DDATA/line/mixer', payload(metric({ alias: 9, value: 1.5 })), { qos: 0 })
  await until('the question', () => asked.length > 0)
  await machine.publishAsync(
    'spBv1.0/plant/DBIRTH/line/mixer',
    payload(metric({ name: 'Speed', alias: 9, value: 2.5 })),
    { qos: 0 },
  )
  // Two values of one instant would be one.
  await pause(10)
  await machine.publishAsync('spBv1.0/plant/DDATA/line/mixer', payload(metric({ alias: 9, value: 3.5 })), { qos: 0 })
  await until('the speeds', () => cloud.valuesOf(hall, 'speed').length === 2)
  expect(cloud.valuesOf(hall, 'speed').map(({ value }) => value)).toEqual([2.5, 3.5])
})

test('while the cloud is away everything waits on the disk, and goes in order when it is back', async () => {
  await cloud.cut()
  await publish(30)
  setTemperature(30)
  await pause(1500)
  expect(numbers()).toHaveLength(count - 30)
  await cloud.start()
  await arrived()
  expect(numbers()).toEqual(all())
  await until('30 °C', () => cloud.valuesOf(press, 'temperatureC').at(-1)?.value === 30)
})

test('a message that the cloud took but did not acknowledge comes again', async () => {
  cloud.isDying = true
  const before = cloud.got.length
  await publish(5)
  await until('the end of the cloud', () => cloud.got.length > before)
  const last = cloud.got.at(-1)!
  await cloud.start()
  const same = () =>
    cloud.got.filter(
      ({ clientId, message }) =>
        clientId === last.clientId &&
        message.sequence === last.message.sequence &&
        message.bootId === last.message.bootId,
    )
  await until('the same message', () => same().length === 2)
  await arrived()
})

test('a gateway that is killed loses nothing that it acknowledged, and nothing that the plant’s broker kept for it', async () => {
  await cloud.cut()
  await publish(20)
  await killGateway()
  // Nobody is there: the broker keeps these in the gateway's session.
  await publish(10)
  await startGateway()
  await publish(5)
  await killGateway()
  await startGateway()
  await cloud.start()
  await arrived()
  expect(numbers()).toEqual(all())
  await until('the press', () => /"source-connected","source":"press"/.test(told))
  setTemperature(40)
  await until('40 °C', () => cloud.valuesOf(press, 'temperatureC').at(-1)?.value === 40)
})

const varint = (value: number, tag: number): number[] => [tag, value]
const text = (tag: number, value: string) => [tag, value.length, ...Buffer.from(value)]

/** A Sparkplug metric of type Double. */
function metric({ name, alias, value }: { name?: string; alias: number; value: number }): number[] {
  const double = Buffer.alloc(8)
  double.writeDoubleLE(value)
  return [...(name ? text(0x0a, name) : []), ...varint(alias, 0x10), ...varint(10, 0x20), 0x69, ...double]
}

/** A Sparkplug payload of one metric, dated now. */
function payload(metric: readonly number[]): Buffer {
  const time: number[] = []
  for (let left = BigInt(Date.now()); ; left >>= 7n) {
    time.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0))
    if (left <= 0x7fn) break
  }
  return Buffer.from([0x08, ...time, 0x12, metric.length, ...metric, 0x18, 0])
}
