import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sample } from '../../lib/kit/ports.ts'
import { timestream } from '../../lib/local/timestream.ts'
import { fakeCloud, resource, serveWire } from '../local/fake-cloud.ts'

const port = 22690
Object.assign(process.env, {
  AWS_ENDPOINT_URL: `http://127.0.0.1:${port + 1}`,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  SERIES_DATABASE: 'lotline-telemetry',
  SERIES_TABLE: 'samples',
})
const { series } = await import('../../lib/adapters/series.ts')

const folder = mkdtempSync(join(tmpdir(), 'lotline-series-'))
const arn = 'arn:aws:timestream:eu-central-1:000000000000:database/lotline-telemetry/table/samples'
let wire: Server

beforeAll(async () => {
  const cloud = fakeCloud(
    port,
    [
      resource('AWS::Timestream::Database', 'lotline-telemetry', { DatabaseName: 'lotline-telemetry' }),
      resource(
        'AWS::Timestream::Table',
        'lotline-telemetry|samples',
        {
          DatabaseName: 'lotline-telemetry',
          RetentionProperties: { MemoryStoreRetentionPeriodInHours: '24', MagneticStoreRetentionPeriodInDays: '365' },
        },
        { Arn: arn, Name: 'samples' },
      ),
    ],
    { data: folder },
  )
  await timestream.start(cloud)
  wire = await serveWire(cloud)
})
afterAll(async () => {
  wire.closeAllConnections()
  wire.close()
  await timestream.stop()
  rmSync(folder, { recursive: true, force: true })
})

const now = Date.now()
const at = (second: number) => new Date(now - 3_600_000 + second * 1000).toISOString()
const sample = (deviceId: string, second: number): Sample => ({
  deviceId,
  at: at(second),
  measures: second % 2 ? { temperatureC: second / 10, state: "it's on" } : { temperatureC: second / 10 },
})
const samples = (deviceId: string, count: number) =>
  Array.from({ length: count }, (_, second) => sample(deviceId, second))

test('before the first sample there is nothing to read', async () => {
  expect(await series.read('dev_1', at(0), at(10), 10)).toEqual([])
})

test('what was written in any order, and twice, is read once, in order, of the device and time asked', async () => {
  await series.write(samples('dev_1', 150).reverse())
  await series.write(samples('dev_2', 3))
  await series.write(samples('dev_1', 150))
  expect(await series.read('dev_1', at(0), at(200), 1000)).toEqual(samples('dev_1', 150))
  expect(await series.read('dev_1', at(10), at(20), 1000)).toEqual(samples('dev_1', 20).slice(10))
  expect(await series.read('dev_1', at(0), at(200), 5)).toEqual(samples('dev_1', 5))
})

test('another value for a time that has one changes nothing, and a sample too old is named', async () => {
  await series.write([{ ...sample('dev_2', 0), measures: { temperatureC: 99 } }])
  expect(await series.read('dev_2', at(0), at(1), 10)).toEqual([sample('dev_2', 0)])
  const old = { ...sample('dev_2', 0), at: new Date(now - 48 * 3_600_000).toISOString() }
  await expect(series.write([old, sample('dev_2', 7)])).rejects.toThrow(`rejected 1 of 2 samples: dev_2 at ${old.at}`)
  expect(await series.read('dev_2', at(7), at(8), 10)).toEqual([sample('dev_2', 7)])
})
