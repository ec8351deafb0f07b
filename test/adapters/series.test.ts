import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Sample } from '../../lib/kit/ports.ts'
import { dynamodb } from '../../lib/local/dynamodb.ts'
import { timestream } from '../../lib/local/timestream.ts'
import { fakeCloud, resource, serveWire } from '../local/fake-cloud.ts'

const port = 21690
Object.assign(process.env, {
  AWS_ENDPOINT_URL: `http://127.0.0.1:${port + 1}`,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
})
const stores = {
  timestream: {
    series: (await import('../../lib/adapters/series-timestream.ts')).series,
    settings: { SERIES_DATABASE: 'lotline-telemetry', SERIES_TABLE: 'samples' },
  },
  dynamodb: {
    series: (await import('../../lib/adapters/series-dynamodb.ts')).series,
    settings: { SERIES_TABLE: 'lotline-telemetry', SERIES_DAYS: '365' },
  },
}

const folder = mkdtempSync(join(tmpdir(), 'lotline-series-'))
const arn = 'arn:aws:timestream:eu-central-1:000000000000:database/lotline-telemetry/table/samples'
let wire: Server

beforeAll(async () => {
  const cloud = fakeCloud(
    port,
    [
      resource('AWS::Timestream::Database', 'telemetry', { DatabaseName: 'lotline-telemetry' }),
      resource(
        'AWS::Timestream::Table',
        'lotline-telemetry|samples',
        {
          DatabaseName: 'lotline-telemetry',
          RetentionProperties: { MemoryStoreRetentionPeriodInHours: '24', MagneticStoreRetentionPeriodInDays: '365' },
          MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
          Schema: { CompositePartitionKey: [{ Type: 'DIMENSION', Name: 'deviceId', EnforcementInRecord: 'REQUIRED' }] },
        },
        { Arn: arn, Name: 'samples' },
      ),
      resource(
        'AWS::DynamoDB::Table',
        'lotline-telemetry',
        {
          TableName: 'lotline-telemetry',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
          TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
        },
        { Arn: 'arn:aws:dynamodb:eu-central-1:000000000000:table/lotline-telemetry' },
      ),
    ],
    { data: folder },
  )
  await dynamodb.start(cloud)
  await timestream.start(cloud)
  wire = await serveWire(cloud)
})
afterAll(async () => {
  wire.closeAllConnections()
  wire.close()
  await timestream.stop()
  await dynamodb.stop()
  rmSync(folder, { recursive: true, force: true })
})

const start = Math.floor(Date.now() / 3_600_000 - 3) * 3_600_000
const at = (second: number) => new Date(start + second * 1000).toISOString()
const sample = (deviceId: string, second: number): Sample => ({
  deviceId,
  at: at(second),
  measures: second % 2 ? { temperatureC: second / 10, state: "it's on" } : { temperatureC: second / 10 },
})
const samples = (deviceId: string, count: number, every = 1) =>
  Array.from({ length: count }, (_, index) => sample(deviceId, index * every))

describe.each(['timestream', 'dynamodb'] as const)('time series in %s', (store) => {
  const { series, settings } = stores[store]
  beforeEach(() => void Object.assign(process.env, settings))

  test('before the first sample there is nothing to find, but one long gap', async () => {
    expect(await series.read('none', at(0), at(10), 10)).toEqual({ samples: [] })
    expect(await series.summarize('none', 'pressureKPa', at(0), at(10), 1)).toEqual([])
    expect(await series.latest('none', at(0))).toBeUndefined()
    expect(await series.gaps('none', at(0), at(10), 5)).toEqual([{ from: at(0), to: at(10) }])
  })

  test('what was written in any order, and twice, is read once, in order, of the device and time asked', async () => {
    await series.write(samples('dev_1', 150).reverse())
    await series.write(samples('dev_2', 3))
    await series.write([...samples('dev_1', 150), ...samples('dev_1', 150)])
    const read = async (from: number, to: number, limit: number) => series.read('dev_1', at(from), at(to), limit)
    expect(await read(0, 200, 1000)).toEqual({ samples: samples('dev_1', 150) })
    expect(await read(10, 20, 1000)).toEqual({ samples: samples('dev_1', 20).slice(10) })
    const { samples: first, next } = await read(0, 200, 5)
    expect(first).toEqual(samples('dev_1', first.length))
    expect(first.length).toBeGreaterThanOrEqual(4)
    expect(next).toBe(at(first.length))
  })

  test('pages put together are the whole, also over hours and where an instant has two groups of measures', async () => {
    const long = samples('dev_3', 60, 90)
    const humidity = long.map(({ deviceId, at }) => ({ deviceId, at, measures: { humidityPct: 40 } }))
    await series.write(humidity)
    await series.write(long)
    const read: Sample[] = []
    let from: string | undefined = at(0)
    for (let pages = 0; from && pages < 100; pages++) {
      const page: Awaited<ReturnType<typeof series.read>> = await series.read('dev_3', from, at(9000), 7)
      read.push(...page.samples)
      from = page.next
    }
    expect(read).toEqual(long.map((one) => ({ ...one, measures: { ...one.measures, humidityPct: 40 } })))
  })

  test('another value for a time that has one changes nothing', async () => {
    await series.write([sample('dev_4', 0)])
    await series.write([{ ...sample('dev_4', 0), measures: { temperatureC: 99 } }])
    expect(await series.read('dev_4', at(0), at(1), 10)).toEqual({ samples: [sample('dev_4', 0)] })
  })

  test('the newest sample is found since a time, and none before it', async () => {
    await series.write(samples('dev_5', 4, 3000))
    expect(await series.latest('dev_5', at(0))).toEqual(sample('dev_5', 9000))
    expect(await series.latest('dev_5', at(9000))).toEqual(sample('dev_5', 9000))
    expect(await series.latest('dev_5', at(9001))).toBeUndefined()
  })

  test('intervals hold count, least, mean, greatest and last value, and begin at multiples of their width', async () => {
    const values = [5, 7, 3, 4, 9]
    await series.write(
      values.map((temperatureC, index) => ({ deviceId: 'dev_6', at: at(index * 60 + 30), measures: { temperatureC } })),
    )
    await series.write([{ deviceId: 'dev_6', at: at(60), measures: { state: 'running' } }])
    expect(await series.summarize('dev_6', 'temperatureC', at(30), at(270), 120)).toEqual([
      { at: at(0), count: 2, min: 5, mean: 6, max: 7, last: 7 },
      { at: at(120), count: 2, min: 3, mean: 3.5, max: 4, last: 4 },
    ])
  })

  test('gaps are where nothing came for longer than asked, at both ends too', async () => {
    await series.write([60, 70, 80, 200, 210].map((second) => sample('dev_7', second)))
    expect(await series.gaps('dev_7', at(0), at(250), 30)).toEqual([
      { from: at(0), to: at(60) },
      { from: at(80), to: at(200) },
      { from: at(210), to: at(250) },
    ])
    expect(await series.gaps('dev_7', at(60), at(210), 120)).toEqual([])
  })

  test('a sample of a week ago is taken', async () => {
    const late = { ...sample('dev_8', 0), at: new Date(start - 7 * 86_400_000).toISOString() }
    await series.write([late])
    expect(await series.read('dev_8', late.at, at(0), 10)).toEqual({ samples: [late] })
  })
})

const chance = fc.array(fc.tuple(fc.nat(9000), fc.constantFrom('temperatureC', 'humidityPct', 'both')), {
  minLength: 1,
  maxLength: 40,
})

test('both stores answer every question alike, whatever came in whatever order', async () => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(chance, fc.integer({ min: 1, max: 4000 }), async (points, seconds) => {
      const deviceId = `any_${count++}`
      const written = points.map(([second, which]): Sample => {
        const all = { temperatureC: second / 7, humidityPct: second % 100 }
        const { [which as 'temperatureC']: one, ...rest } = all
        return {
          deviceId,
          at: at(second),
          measures: which === 'both' ? all : one === undefined ? rest : { [which]: one },
        }
      })
      const answers = []
      for (const { series, settings } of Object.values(stores)) {
        Object.assign(process.env, settings)
        await series.write(written)
        const summaries = await series.summarize(deviceId, 'temperatureC', at(0), at(9001), seconds)
        answers.push({
          ...{ read: await series.read(deviceId, at(0), at(9001), 100), latest: await series.latest(deviceId, at(0)) },
          summaries: summaries.map((one) => ({ ...one, mean: one.mean.toFixed(9) })),
          gaps: await series.gaps(deviceId, at(0), at(9001), seconds),
        })
      }
      expect(answers[0]).toEqual(answers[1])
    }),
    { numRuns: 25 },
  )
})
