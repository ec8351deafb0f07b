import { expect, test } from 'vitest'
import { stubAws } from './wire.ts'

Object.assign(process.env, { SERIES_DATABASE: 'db', SERIES_TABLE: 'samples' })
const aws = await stubAws()
const { series } = await import('../../lib/adapters/series-timestream.ts')

const sampleAt = (second: number) => ({
  deviceId: 'dev_1',
  at: new Date(Date.UTC(2026, 2, 2) + second * 1000).toISOString(),
  measures: { temperatureC: 5.25, state: 'running' },
})

test('250 samples go out in three writes, each sample one multi-measure record, to the endpoint that is set', async () => {
  await series.write(Array.from({ length: 250 }, (_, index) => sampleAt(index)))
  expect(aws.seen.map(({ operation }) => operation)).toEqual(['WriteRecords', 'WriteRecords', 'WriteRecords'])
  expect(aws.seen.map(({ body }) => body.Records.length)).toEqual([100, 100, 50])
  expect(aws.seen[0]!.body).toMatchObject({
    DatabaseName: 'db',
    TableName: 'samples',
    CommonAttributes: {
      MeasureValueType: 'MULTI',
      TimeUnit: 'MILLISECONDS',
      Dimensions: [{ Name: 'deviceId', Value: 'dev_1' }],
      MeasureName: 'state,temperatureC',
    },
  })
  expect(aws.seen[0]!.body.Records[1]).toEqual({
    Time: String(Date.UTC(2026, 2, 2, 0, 0, 1)),
    MeasureValues: [
      { Name: 'temperatureC', Value: '5.25', Type: 'DOUBLE' },
      { Name: 'state', Value: 'running', Type: 'VARCHAR' },
    ],
  })
})

const rejecting = (...rejected: object[]) => ({
  status: 400,
  error: 'RejectedRecordsException',
  body: { Message: 'One or more records have been rejected.', RejectedRecords: rejected },
})

test('a sample that stands there already is no fault', async () => {
  aws.reply = () => rejecting({ RecordIndex: 0, Reason: 'a newer version exists', ExistingVersion: 1 })
  await expect(series.write([sampleAt(0), sampleAt(1)])).resolves.toBeUndefined()
})

test('a sample that is lost is named, with the reason', async () => {
  aws.reply = () =>
    rejecting(
      { RecordIndex: 0, Reason: 'a newer version exists', ExistingVersion: 1 },
      { RecordIndex: 1, Reason: 'outside the retention' },
    )
  await expect(series.write([sampleAt(0), sampleAt(1)])).rejects.toThrow(
    'rejected 1 of 2 samples: dev_1 at 2026-03-02T00:00:01.000Z (outside the retention)',
  )
})

test('what fills no write of its own shares one with other devices, and only who lost a sample hears of it', async () => {
  aws.reply = ({ body }) =>
    body.CommonAttributes.Dimensions ? {} : rejecting({ RecordIndex: 12, Reason: 'outside the retention' })
  const of = (deviceId: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...sampleAt(index), deviceId }))
  const written = await Promise.allSettled(
    [of('dev_1', 10), of('dev_2', 105), of('dev_3', 10)].map((samples) => series.write(samples)),
  )
  expect(aws.seen.map(({ body }) => body.Records.length).sort()).toEqual([100, 25])
  const shared = aws.seen.find(({ body }) => body.Records.length === 25)!.body
  expect(shared.CommonAttributes).not.toHaveProperty('Dimensions')
  expect(shared.Records.map(({ Dimensions }: any) => Dimensions[0].Value)).toEqual(
    [of('dev_1', 10), of('dev_2', 5), of('dev_3', 10)].flat().map(({ deviceId }) => deviceId),
  )
  expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(String((written[1] as PromiseRejectedResult).reason)).toContain('dev_2 at 2026-03-02T00:01:42.000Z')
})

test('samples are read page by page, with their types, and without what a reading did not hold', async () => {
  const scalar = (Name: string, ScalarType: string) => ({ Name, Type: { ScalarType } })
  const ColumnInfo = [
    scalar('deviceId', 'VARCHAR'),
    scalar('measure_name', 'VARCHAR'),
    scalar('time', 'TIMESTAMP'),
    scalar('temperatureC', 'DOUBLE'),
    scalar('state', 'VARCHAR'),
  ]
  const row = (time: string, temperature: object, state: object) => ({
    Data: [{ ScalarValue: 'dev_1' }, { ScalarValue: 'dev_1' }, { ScalarValue: time }, temperature, state],
  })
  const none = { NullValue: true }
  aws.reply = ({ body }) => ({
    body: body.NextToken
      ? { QueryId: 'q', ColumnInfo, Rows: [row('2026-03-02 08:00:01.500000000', none, { ScalarValue: 'idle' })] }
      : {
          QueryId: 'q',
          ColumnInfo,
          Rows: [row('2026-03-02 08:00:00.000000000', { ScalarValue: '5.25' }, none)],
          NextToken: 'more',
        },
  })
  expect(await series.read('dev_1', '2026-03-02T08:00:00Z', '2026-03-02T09:00:00+00:00', 10)).toEqual({
    samples: [
      { deviceId: 'dev_1', at: '2026-03-02T08:00:00.000Z', measures: { temperatureC: 5.25 } },
      { deviceId: 'dev_1', at: '2026-03-02T08:00:01.500Z', measures: { state: 'idle' } },
    ],
  })
  expect(aws.seen[0]!.body.QueryString).toBe(
    `SELECT * FROM "db"."samples" WHERE "deviceId" = 'dev_1' AND time >= TIMESTAMP '2026-03-02 08:00:00.000' AND time < TIMESTAMP '2026-03-02 09:00:00.000' ORDER BY time, measure_name LIMIT 11`,
  )
})
