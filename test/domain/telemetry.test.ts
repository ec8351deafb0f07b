import { expect, test } from 'vitest'
import { handler } from '../../lambdas/iot/ingest-telemetry.ts'
import { Device, DeviceStatus } from '../../lib/domain/device.ts'
import { Telemetry, telemetryRule, telemetrySql, telemetryTopic } from '../../lib/domain/telemetry.ts'
import type { Ports, Sample } from '../../lib/kit/ports.ts'
import { run } from '../../lib/kit/run.ts'
import { parseSql } from '../../lib/local/iot-sql.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'

const deviceId = Device.sample()
const receivedMs = Date.UTC(2026, 2, 2, 12)
const at = (minute: number) => new Date(receivedMs - 200 * 60_000 + minute * 60_000).toISOString()
const message = (changes: object = {}) => ({
  ...{ deviceId, clientId: deviceId, receivedMs, bootId: 'b1', sequence: 1 },
  readings: [{ at: at(0), temperatureC: 5, humidityPct: 40 }],
  ...changes,
})

/** A table with one device, and a time series in memory. */
function plant(limits: object) {
  const table = new MemoryTable()
  table.given(Device, { ...Device.like({ limits }), id: deviceId })
  table.given(DeviceStatus, { ...DeviceStatus.like(), id: deviceId })
  const written: Sample[] = []
  const series = { write: async (samples: readonly Sample[]) => void written.push(...samples) }
  const world = worldOf(table, { series: series as unknown as Ports['series'] })
  let count = 0
  const receive = (input: object) => {
    const request = { command: 'iot/ingest-telemetry', id: `m-${count++}`, actor: exampleActor([]) }
    return run(handler, handler.input.parse(input), request, world)
  }
  const status = async () => (await table.states([{ entity: DeviceStatus, id: deviceId }]))[0]!
  return { table, written, receive, status }
}

test('a sound message is in the series, in the latest values, and leaves no ledger behind', async () => {
  const { written, receive, status, table } = plant({ minC: 2, maxC: 8 })
  expect(await receive(message())).toMatchObject({ ok: true, ledger: [] })
  expect(written).toEqual([{ deviceId, at: at(0), measures: { temperatureC: 5, humidityPct: 40 } }])
  expect((await status()).data).toMatchObject({
    latest: { temperatureC: { at: at(0), value: 5 }, humidityPct: { at: at(0), value: 40 } },
    lastSeenAt: new Date(receivedMs).toISOString(),
    bootId: 'b1',
    sequence: 1,
  })
  expect(await table.history(DeviceStatus, deviceId)).toEqual([])
})

test('a repeated message goes to the series again, which knows it, and writes nothing else', async () => {
  const { receive, status } = plant({ minC: 2, maxC: 8 })
  await receive(message({ readings: [{ at: at(0), temperatureC: 9 }] }))
  const before = await status()
  await receive(message({ readings: [{ at: at(0), temperatureC: 9 }] }))
  expect(await status()).toEqual(before)
})

test.each([
  ['of another client', message({ clientId: Device.sample(2) }), 'device-impersonated'],
  ['with a field of another kind', message({ readings: [{ at: at(0), state: 'on' }] }), 'metric-foreign'],
  ['beyond what is plausible', message({ readings: [{ at: at(0), humidityPct: 101 }] }), 'reading-implausible'],
  ['from the future', message({ readings: [{ at: at(206), temperatureC: 5 }] }), 'reading-from-future'],
  ['of an unknown device', message({ deviceId: Device.sample(9), clientId: Device.sample(9) }), 'entity-unknown'],
])('a message %s is refused and reaches neither series nor status', async (_, input, refusal) => {
  const { written, receive, status } = plant({ minC: 2, maxC: 8 })
  expect(await receive(input)).toMatchObject({ ok: false, refusal: { refusal } })
  expect(written).toEqual([])
  expect((await status()).version).toBe(1)
})

test('the worst message, a hundred readings that flap in both metrics, late and in order, is one transaction', async () => {
  const { receive, status } = plant({ minC: 2, maxC: 8, minRh: 30, maxRh: 50 })
  const flap = (minute: number) => ({
    at: at(minute),
    temperatureC: minute % 2 ? 20 : 5,
    humidityPct: minute % 2 ? 5 : 40,
  })
  await receive(message({ readings: [flap(51)] }))
  const result = await receive(message({ readings: Array.from({ length: 100 }, (_, minute) => flap(minute)) }))
  expect(result.ok).toBe(true)
  expect((await status()).data.open).toHaveLength(2)
})

const flaws = (input: object) =>
  Telemetry.safeParse(input).error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)

test('what does not fit the schema names field and rule', () => {
  expect(flaws(message({ readings: [{ at: at(0) }] }))).toEqual(['readings.0: must hold a value besides "at"'])
  expect(flaws(message({ readings: [{ at: at(0), temperatureF: 41 }] }))).toContainEqual(
    expect.stringMatching('readings.0: .*temperatureF'),
  )
  expect(flaws(message({ readings: [{ at: 'noon', temperatureC: 4 }] }))).toEqual([
    expect.stringMatching('readings.0.at: .*ISO datetime'),
  ])
  const twice = { at: at(0), temperatureC: 4 }
  expect(flaws(message({ readings: [twice, twice] }))).toEqual(['readings: must differ in "at"'])
  const many = Array.from({ length: 101 }, (_, minute) => ({ at: at(minute), temperatureC: 4 }))
  expect(flaws(message({ readings: many }))).toEqual([expect.stringMatching('readings: .*100')])
})

test('instants are compared as times, however they are spelled', () => {
  const { readings } = Telemetry.parse(message({ readings: [{ at: '2026-03-02T08:00:00Z', temperatureC: 4 }] }))
  expect(readings[0]!.at).toBe('2026-03-02T08:00:00.000Z')
})

test('the rule takes the device from the topic and the connection, whatever the payload claims', () => {
  const { deviceId: _, clientId: __, ...payload } = message({ deviceId: 'x' })
  const claims = { ...payload, deviceId: Device.sample(2), clientId: Device.sample(2), receivedMs: 1 }
  const { value } = parseSql(telemetrySql, '2016-03-23').evaluate({
    topic: telemetryTopic(deviceId).slice(`$aws/rules/${telemetryRule}/`.length),
    clientId: deviceId,
    payload: Buffer.from(JSON.stringify(claims)),
    timestamp: receivedMs,
  })
  expect(value).toEqual(message())
  expect(Telemetry.safeParse(value).success).toBe(true)
})
