import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSparkplug } from '../../lib/domain/sparkplug.ts'
import { Payload } from '../../lib/domain/telemetry.ts'
import { answerOf } from '../commands.ts'
import { readConfig } from '../config.ts'
import { Deadband } from '../deadband.ts'
import { fullMessage, messageOf, type Reading } from '../packing.ts'
import { sightingOf } from '../sources/mqtt.ts'
import type { Route } from '../sources/source.ts'
import { rebirth } from '../sources/sparkplug.ts'
import { Store } from '../store.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'lotline-edge-'))
const limits = { readings: 30, seconds: 60 }
const storeIn = (place: string, megabytes = 64, bootId = 'b1') =>
  new Store(place, { megabytes, limits, resolutionMs: 1000, bootId })
const value = (at: number, more = {}) => ({ deviceId: 'dev_1', code: 't', at, value: at / 1000, ...more })
const range = (count: number) => Array.from({ length: count }, (_, index) => index)

function drained(store: Store): any[] {
  store.pack('dev_1', Number.POSITIVE_INFINITY)
  const messages = []
  for (let next = store.next('dev_1'); next; next = store.next('dev_1')) {
    messages.push(JSON.parse(next.payload))
    store.acknowledged(next)
  }
  return messages
}

test('a configuration that is wrong is refused with each wrong place by its name', () => {
  const file = join(folder(), 'gateway.json')
  const device = { id: 'dev_1', certificate: 'c', key: 'k' }
  writeFileSync(
    file,
    JSON.stringify({
      cloud: { url: 'https://iot', rootCa: 'ca.pem' },
      store: { folder: 'data' },
      sources: { hall: { kind: 'mqtt', url: 'mqtt://hall' } },
      devices: [
        {
          ...device,
          metrics: [
            { code: 't', source: 'hall' },
            { code: 't', source: 'line' },
          ],
        },
        { ...device, metrics: [{ code: 'h', source: 'hall', topic: 'hall/#' }] },
      ],
    }),
  )
  const refusal = () => readConfig(file)
  expect(refusal).toThrow('must be an address such as mqtts://')
  expect(refusal).toThrow(/must hold no wildcard\s+→ at devices\[1\].metrics\[0\].topic/)
  writeFileSync(file, '{')
  expect(refusal).toThrow(`${file} cannot be read`)
})

test('routes that lead nowhere, and files that are not there, are named', () => {
  const file = join(folder(), 'gateway.json')
  const config = (metrics: object[], plc: object = {}) => ({
    cloud: { url: 'mqtts://iot:8883', rootCa: 'ca.pem' },
    store: { folder: 'data' },
    sources: { plc: { kind: 'opcua', url: 'opc.tcp://plc:4840', ...plc } },
    devices: [{ id: 'dev_1', certificate: 'c.pem', key: 'k.pem', metrics }],
  })
  writeFileSync(
    file,
    JSON.stringify(
      config([
        { code: 't', source: 'plc' },
        { code: 't', source: 'line' },
      ]),
    ),
  )
  const refusal = () => readConfig(file)
  expect(refusal).toThrow('must be given for a source of kind opcua')
  expect(refusal).toThrow('"line" is none of sources (plc)')
  expect(refusal).toThrow('t stands here twice')
  const metrics = [{ code: 't', source: 'plc', node: 'ns=1;s=T' }]
  writeFileSync(file, JSON.stringify(config(metrics)))
  expect(refusal).toThrow('source plc needs its serverCertificate')
  writeFileSync(file, JSON.stringify(config(metrics, { serverCertificate: 's.pem' })))
  expect(refusal).toThrow(/not there:\n.*ca\.pem\n.*s\.pem\n.*c\.pem\n.*k\.pem/)
})

test('a dead-band leaves out what is near, never for longer than it may, and never a change of words', () => {
  const passed = (values: [number, number | string][], deadband = 0.5) => {
    const band = new Deadband({ deadband, atLeastEverySeconds: 60 })
    return values.filter(([at, value]) => band.passes({ at: at * 1000, value })).map(([at]) => at)
  }
  expect(
    passed([
      [0, 5],
      [1, 5.4],
      [2, 5.5],
      [3, 5.1],
      [4, 4.9],
    ]),
  ).toEqual([0, 2, 4])
  expect(
    passed([
      [0, 5],
      [59, 5],
      [60, 5],
      [61, 5],
    ]),
  ).toEqual([0, 60])
  expect(
    passed([
      [0, 'idle'],
      [1, 'idle'],
      [2, 'runs'],
    ]),
  ).toEqual([0, 2])
  // What was late is told, and the band stays where it is.
  expect(
    passed([
      [10, 5],
      [3, 9],
      [11, 5.1],
    ]),
  ).toEqual([10, 3])
})

test('messages of any readings stay below the step by which AWS bills, and are what the cloud takes', () => {
  const values = fc.dictionary(
    fc.constantFrom('a', 'b', 'temperatureC', 'state'),
    fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string({ minLength: 1, maxLength: 64 })),
    { minKeys: 1 },
  )
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 150 }), (all) => {
      let left: Reading[] = all.map((one, index) => ({ at: Date.UTC(2026, 0) + index, values: one }))
      while (left.length > 0) {
        const count = fullMessage(left, { readings: 100, seconds: 0 }, Date.UTC(2027, 0))
        const message = messageOf('b1', 0, left.slice(0, count))
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(5 * 1024)
        Payload.parse(JSON.parse(message))
        left = left.slice(count)
      }
    }),
    { numRuns: 100 },
  )
})

test('values wait until they fill a message or have waited long enough, and go in order of time', async () => {
  const store = storeIn(folder())
  await store.take(
    range(35)
      .reverse()
      .map((n) => value(n * 1000)),
  )
  expect(store.pack('dev_1', 35_000)).toBe(1)
  expect(store.pack('dev_1', 89_000)).toBe(0)
  expect(store.pack('dev_1', 90_000)).toBe(1)
  const messages = drained(store)
  expect(messages.map(({ bootId, sequence, readings }) => [bootId, sequence, readings.length])).toEqual([
    ['b1', 0, 30],
    ['b1', 1, 5],
  ])
  expect(messages.flatMap(({ readings }) => readings.map(({ t }: any) => t))).toEqual(range(35))
  expect(store.state()).toEqual({ messages: 0, values: 0, lost: 0 })
})

test('metrics of one moment make one reading; a second value within it keeps its own time', async () => {
  const store = storeIn(folder())
  await store.take([value(1010, { value: 1 }), value(1990, { value: 2 }), value(1500, { code: 'h', value: 3 })])
  expect(drained(store)[0].readings).toEqual([
    { at: '1970-01-01T00:00:01.000Z', t: 1, h: 3 },
    { at: '1970-01-01T00:00:01.990Z', t: 2 },
  ])
})

test('what waits survives a restart in its order, with the boot id under which it was packed', async () => {
  const place = folder()
  const first = storeIn(place)
  await first.take(range(30).map((n) => value(n * 1000)))
  first.pack('dev_1', 30_000)
  await first.take([value(40_000)])
  first.close()
  const messages = drained(storeIn(place, 64, 'b2'))
  expect(messages.map(({ bootId, sequence, readings }) => [bootId, sequence, readings.length])).toEqual([
    ['b1', 0, 30],
    ['b2', 0, 1],
  ])
})

test('a kill -9 takes nothing that was taken in', async () => {
  const place = folder()
  const script = `
    import { Store } from ${JSON.stringify(new URL('../store.ts', import.meta.url).href)}
    const store = new Store(${JSON.stringify(place)}, { megabytes: 64, limits: { readings: 30, seconds: 60 }, resolutionMs: 1000, bootId: 'b1' })
    for (let n = 0; ; n += 1) {
      await store.take([{ deviceId: 'dev_1', code: 't', at: n * 1000, value: n }])
      store.pack('dev_1', n * 1000)
      console.log(n)
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  let told = ''
  child.stdout.on('data', (text) => (told += text))
  while (told.split('\n').length < 50) await new Promise((resolve) => setTimeout(resolve, 20))
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  const last = Number(told.trimEnd().split('\n').at(-1))
  const kept = drained(storeIn(place, 64, 'b2')).flatMap(({ readings }) => readings.map(({ t }: any) => t))
  expect(kept.slice(0, last + 1)).toEqual(range(last + 1))
})

test('a full store lets go of the oldest, counts it, and takes on', async () => {
  const store = storeIn(folder(), 1)
  const rounds = 16
  for (const round of range(rounds)) {
    await store.take(range(600).map((n) => value((round * 600 + n) * 1000, { value: String(n).padStart(64, 'x') })))
    store.pack('dev_1', Number.POSITIVE_INFINITY)
  }
  const { lost } = store.state()
  expect(lost).toBeGreaterThan(0)
  const kept = drained(store).flatMap(({ readings }) => readings.map(({ at }: any) => Date.parse(at) / 1000))
  expect(kept).toEqual(range(rounds * 600).slice(-kept.length))
})

test('a day of a reading every 10 seconds of ten devices fits the default store by far', async () => {
  const store = storeIn(folder(), 16)
  for (const device of range(10)) {
    await store.take(range(8640).map((n) => value(n * 10_000, { deviceId: `dev_${device}` })))
    store.pack(`dev_${device}`, Number.POSITIVE_INFINITY)
  }
  expect(store.state()).toEqual({ messages: 10 * 288, values: 0, lost: 0 })
})

test('plain MQTT is read by field and time, or refused with the reason', () => {
  const route = (more: Partial<Route> = {}) => ({ code: 't', ...more }) as Route
  expect(sightingOf(route(), '5.25', 7)).toMatchObject({ at: 7, value: 5.25 })
  expect(sightingOf(route(), 'idle', 7)).toMatchObject({ value: 'idle' })
  expect(sightingOf(route({ field: 'a.b', timeField: 'ts' }), '{"a":{"b":4},"ts":1500}', 7)).toMatchObject({
    at: 1500,
    value: 4,
  })
  expect(sightingOf(route({ timeField: 'ts', field: 'v' }), '{"v":1,"ts":"soon"}', 7)).toContain('ts holds no time')
  expect(sightingOf(route({ field: 'a.b' }), '{"a":null}', 7)).toBe('a.b holds no number or text')
  expect(sightingOf(route({ field: 'a' }), '{', 7)).toContain('JSON')
})

test('an answer of a machine is read, or refused with the reason', () => {
  const read = (text: string) => answerOf(Buffer.from(text))
  expect(read('{"id":"dcm_1","status":"failed","reason":"Door open"}')).toEqual({
    ...{ id: 'dcm_1', status: 'failed', reason: 'Door open' },
  })
  expect(read('{"status":"failed"}')).toBe('it names no command in "id"')
  expect(read('{"id":"dcm_1","status":"done"}')).toMatch(/none of in-progress, succeeded/)
  expect(read('null')).toBe('it names no command in "id"')
  expect(read('Yes')).toMatch(/JSON/)
})

test('a birth is asked for as Sparkplug says', () => {
  const { timestamp, metrics } = readSparkplug(rebirth(1_772_438_400_000))
  expect(timestamp).toBe(1_772_438_400_000)
  expect(metrics).toMatchObject([{ name: 'Node Control/Rebirth', datatype: 11, value: true }])
})
