import { expect, test } from 'vitest'
import { handler } from '../../lambdas/iot/ingest-telemetry.ts'
import { Device } from '../../lib/domain/device.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import {
  Arrival,
  arrivalOf,
  Payload,
  telemetryOf,
  telemetryRule,
  telemetrySql,
  telemetryTopic,
} from '../../lib/domain/telemetry.ts'
import type { Ports, Sample } from '../../lib/kit/ports.ts'
import { run } from '../../lib/kit/run.ts'
import { parseSql } from '../../lib/local/iot-sql.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'

const deviceId = Device.sample()
const receivedMs = Date.UTC(2026, 2, 2, 12)
const at = (minute: number) => new Date(receivedMs - 200 * 60_000 + minute * 60_000).toISOString()
const sent = (readings: readonly object[], changes: object = {}) =>
  arrivalOf(deviceId, receivedMs, { bootId: 'b1', sequence: 1, readings, ...changes })
const sound = sent([{ at: at(0), temperatureC: 5, humidityPct: 40 }])

/** A table with one device, and a time series in memory. */
function plant(limits: object = { minC: 2, maxC: 8 }) {
  const table = new MemoryTable()
  const places = [{ since: at(0), locationId: 'loc_1', limits }]
  table.given(DeviceStatus, { ...DeviceStatus.like({ places }), id: deviceId })
  const written: Sample[] = []
  const series = { write: async (samples: readonly Sample[]) => void written.push(...samples) }
  const kept: Sample[] = []
  const lake: Ports['lake'] = { put: async (samples) => void kept.push(...samples) }
  const world = worldOf(table, { series: series as unknown as Ports['series'], lake })
  const sizes: number[] = []
  const transact = table.transact.bind(table)
  table.transact = (writes) => {
    sizes.push(writes.length)
    return transact(writes)
  }
  let count = 0
  const receive = (...messages: readonly Arrival[]) => {
    const request = { command: 'iot/ingest-telemetry', id: `m-${count++}`, actor: exampleActor([]) }
    return run(handler, handler.input.parse({ deviceId: messages[0]!.deviceId, messages }), request, world)
  }
  const status = async () => (await table.states([{ entity: DeviceStatus, id: deviceId }]))[0]!
  return { table, written, kept, sizes, receive, status }
}

test('a sound message is in series and lake, in the latest values, and is one item of one transaction', async () => {
  const { written, kept, sizes, receive, status, table } = plant()
  expect(await receive(sound)).toMatchObject({ ok: true, ledger: [] })
  expect(written).toEqual([{ deviceId, at: at(0), measures: { temperatureC: 5, humidityPct: 40 } }])
  expect(kept).toEqual(written)
  expect((await status()).data).toMatchObject({
    latest: { temperatureC: { at: at(0), value: 5 }, humidityPct: { at: at(0), value: 40 } },
    lastSeenAt: new Date(receivedMs).toISOString(),
    bootId: 'b1',
    sequence: 1,
  })
  expect(await table.history(DeviceStatus, deviceId)).toEqual([])
  expect(sizes).toEqual([1])
})

test('messages that come together are one transaction, and one that is wrong refuses all of them', async () => {
  const { written, sizes, receive } = plant()
  const messages = [0, 1, 2].map((minute) => sent([{ at: at(minute), temperatureC: minute }], { sequence: minute }))
  await receive(...messages)
  expect(written).toHaveLength(3)
  expect(await receive(...messages, sent([{ at: at(5), temperatureC: 500 }]))).toMatchObject({ ok: false })
  expect(written).toHaveLength(3)
  expect(sizes).toHaveLength(1)
})

test('a repeated message goes to the series again, which knows it, and writes nothing else', async () => {
  const { receive, status } = plant()
  await receive(sent([{ at: at(0), temperatureC: 9 }]))
  const before = await status()
  await receive(sent([{ at: at(0), temperatureC: 9 }]))
  expect(await status()).toEqual(before)
})

const day = 24 * 60
test.each([
  ['of another client', { ...sound, clientId: Device.sample(2) }, 'device-impersonated'],
  ['that is no JSON', { ...sound, payload: btoa('{"readings":[{"temperatureC":NaN}]}') }, 'payload-unreadable'],
  ['that is no UTF-8', { ...sound, payload: btoa('\xff\xfe') }, 'payload-unreadable'],
  ['of infinite size', { ...sound, payload: btoa('{"sequence":1e999}') }, 'payload-unreadable'],
  ['with a field of another kind', sent([{ at: at(0), state: 'on' }]), 'metric-foreign'],
  ['with a field that every object has', sent([{ at: at(0), toString: 5 }]), 'metric-foreign'],
  ['in another unit', sent([{ at: at(0), humidityPct: 0.4 }], { units: { humidityPct: '1' } }), 'metric-unit-foreign'],
  ['with a word for a number', sent([{ at: at(0), humidityPct: 'NaN' }]), 'reading-mistyped'],
  ['beyond what is plausible', sent([{ at: at(0), humidityPct: 101 }]), 'reading-implausible'],
  ['from the future', sent([{ at: at(206), temperatureC: 5 }]), 'reading-from-future'],
  ['of 1970', sent([{ at: '1970-01-01T00:00:00Z', temperatureC: 5 }]), 'reading-too-old'],
  ['of 8 days ago', sent([{ at: at(-8 * day), temperatureC: 5 }]), 'reading-too-old'],
  ['of an unknown device', { ...sound, deviceId: Device.sample(9), clientId: Device.sample(9) }, 'entity-unknown'],
])('a message %s is refused and reaches neither series nor status', async (_, input, refusal) => {
  const { written, receive, status } = plant()
  const result = await receive(input as Arrival)
  expect(result).toMatchObject({ ok: false, refusal: { refusal } })
  expect(written).toEqual([])
  expect((await status()).version).toBe(1)
})

test('a reading of 7 days ago is taken', async () => {
  expect(await plant().receive(sent([{ at: at(-7 * day + 200), temperatureC: 5 }]))).toMatchObject({ ok: true })
})

test('the worst message, a hundred readings that flap in both metrics, late and in order, is one transaction', async () => {
  const { receive, status, sizes } = plant({ minC: 2, maxC: 8, minRh: 30, maxRh: 50 })
  const flap = (minute: number) => ({
    at: at(minute),
    temperatureC: minute % 2 ? 20 : 5,
    humidityPct: minute % 2 ? 5 : 40,
  })
  await receive(sent([flap(51)]))
  const flapping = sent(
    Array.from({ length: 100 }, (_, minute) => flap(minute)),
    { sequence: 2 },
  )
  expect(await receive(flapping)).toMatchObject({ ok: true })
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100)
  expect((await status()).data.latest).toMatchObject({ temperatureC: { value: 20 } })
})

const flaws = (input: object) =>
  Payload.safeParse(input).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
const payload = (readings: readonly object[]) => ({ bootId: 'b1', sequence: 1, readings })

test('what does not fit the schema names field and rule', () => {
  expect(flaws(payload([{ at: at(0) }]))).toEqual(['readings.0: must hold a value besides "at"'])
  expect(flaws(payload([{ at: at(0), temperatureC: true }]))).toEqual([
    'readings.0.temperatureC: must be a number or a short text',
  ])
  expect(flaws(payload([{ at: 'noon', temperatureC: 4 }]))).toEqual([
    expect.stringMatching('readings.0.at: .*ISO datetime'),
  ])
  const twice = { at: at(0), temperatureC: 4 }
  expect(flaws(payload([twice, twice]))).toEqual(['readings: must differ in "at"'])
  const many = Array.from({ length: 101 }, (_, minute) => ({ at: at(minute), temperatureC: 4 }))
  expect(flaws(payload(many))).toEqual([expect.stringMatching('readings: .*100')])
})

test('instants are compared as times, however they are spelled', () => {
  const { readings } = Payload.parse(payload([{ at: '2026-03-02T08:00:00Z', temperatureC: 4 }]))
  expect(readings[0]!.at).toBe('2026-03-02T08:00:00.000Z')
})

test('the rule takes the device from the topic and the connection, whatever the payload claims, and passes it on whole', () => {
  const claims = Buffer.from(JSON.stringify({ deviceId: Device.sample(2), clientId: 'x', receivedMs: 1 }))
  for (const [format, bytes] of [['telemetry', claims] as const, ['sparkplug', Buffer.from([8, 255, 1])] as const]) {
    const { value } = parseSql(telemetrySql, '2016-03-23').evaluate({
      topic: telemetryTopic(deviceId, format).slice(`$aws/rules/${telemetryRule}/`.length),
      clientId: deviceId,
      payload: bytes,
      timestamp: receivedMs,
    })
    expect(Arrival.parse(value)).toEqual({
      ...{ deviceId, format, clientId: deviceId, receivedMs },
      payload: bytes.toString('base64'),
    })
  }
})

test('a device says its unit, and it is that of the dictionary', () => {
  const vocabulary = { ...DeviceStatus.like().dictionary, aliases: {} }
  const said = sent([{ at: at(0), temperatureC: 5 }], { units: { temperatureC: '°C' } })
  expect(telemetryOf(said, vocabulary)).toMatchObject({ bootId: 'b1', readings: [{ values: { temperatureC: 5 } }] })
})
