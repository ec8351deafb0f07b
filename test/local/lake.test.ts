import { appendFileSync, copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call } from '../../lib/adapters/aws-call.ts'
import { lake } from '../../lib/adapters/lake.ts'
import { askLake } from '../../lib/lake.ts'
import { athena } from '../../lib/local/athena.ts'
import { DeliveryBuffer } from '../../lib/local/delivery-buffer.ts'
import { firehose } from '../../lib/local/firehose.ts'
import { deliver } from '../../lib/local/targets.ts'
import { type FakeCloud, fakeCloud, resource, serveWire } from './fake-cloud.ts'

const port = 26_700
const bucket = 'lake-files'
const today = new Date().toISOString().slice(0, 10)
let cloud: FakeCloud
let server: Server

const columns = [
  { Name: 'device_id', Type: 'string' },
  { Name: 'measured_at', Type: 'timestamp' },
  { Name: 'measures', Type: 'map<string,double>' },
]
const resources = [
  resource('AWS::Glue::Table', 'samples', {
    DatabaseName: 'lake',
    TableInput: {
      Name: 'samples',
      PartitionKeys: [{ Name: 'day', Type: 'string' }],
      StorageDescriptor: {
        Columns: columns,
        Location: `s3://${bucket}/samples/`,
        SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
      },
    },
  }),
  resource('AWS::KinesisFirehose::DeliveryStream', 'lake-samples', {
    ExtendedS3DestinationConfiguration: {
      BucketARN: `arn:aws:s3:::${bucket}`,
      Prefix: 'samples/day=!{timestamp:yyyy-MM-dd}/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
      DataFormatConversionConfiguration: {
        InputFormatConfiguration: { Deserializer: { HiveJsonSerDe: { TimestampFormats: ['millis'] } } },
        SchemaConfiguration: { DatabaseName: 'lake', TableName: 'samples' },
      },
    },
  }),
  resource('AWS::Glue::Table', 'facts', {
    DatabaseName: 'lake',
    TableInput: {
      Name: 'facts',
      PartitionKeys: [{ Name: 'day', Type: 'string' }],
      StorageDescriptor: {
        Columns: ['hash', 'entity_id', 'type', 'data', 'signature'].map((Name) => ({ Name, Type: 'string' })),
        Location: `s3://${bucket}/facts/`,
        SerdeInfo: { SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' },
      },
    },
  }),
  resource('AWS::KinesisFirehose::DeliveryStream', 'lake-facts', {
    ExtendedS3DestinationConfiguration: {
      BucketARN: `arn:aws:s3:::${bucket}`,
      Prefix: 'facts/day=!{timestamp:yyyy-MM-dd}/',
      ErrorOutputPrefix: 'errors/!{firehose:error-output-type}/day=!{timestamp:yyyy-MM-dd}/',
      DataFormatConversionConfiguration: {
        InputFormatConfiguration: {
          Deserializer: { OpenXJsonSerDe: { ColumnToJsonKeyMappings: { entity_id: 'entityId' } } },
        },
        SchemaConfiguration: { DatabaseName: 'lake', TableName: 'facts' },
      },
    },
  }),
  resource('AWS::Athena::WorkGroup', 'lake', {
    Name: 'lake',
    WorkGroupConfiguration: { ResultConfiguration: { OutputLocation: 's3://lake-results/' } },
  }),
]

beforeAll(async () => {
  cloud = fakeCloud(port, resources)
  await firehose.start(cloud)
  await athena.start(cloud)
  server = await serveWire(cloud)
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'any', AWS_REGION: 'eu-central-1' })
  process.env.LAKE_STREAM = 'lake-samples'
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port + 1}`
})

afterAll(async () => {
  await firehose.stop()
  await athena.stop()
  server.close()
  cloud.remove()
})

const put = (...records: string[]) =>
  call({ name: 'firehose', target: 'Firehose_20150804', version: '1.1' }, 'PutRecordBatch', {
    DeliveryStreamName: 'lake-samples',
    Records: records.map((text) => ({ Data: Buffer.from(text).toString('base64') })),
  })
const row = (device_id: string, at: number, measures: object) =>
  `${JSON.stringify({ device_id, measured_at: at, measures })}\n`
const ask = (sql: string) => askLake({ workGroup: 'lake', database: 'lake' }, sql)
const files = () => globSync('s3/lake-files/samples/day=*/*.parquet', { cwd: cloud.data })

test('an empty lake answers with no rows', async () => {
  expect(await ask('SELECT * FROM samples')).toEqual({
    columns: ['device_id', 'measured_at', 'measures', 'day'],
    rows: [],
  })
})

test('what was put can be asked for, by day; what fits no column is kept with its cause', async () => {
  const at = Date.UTC(2026, 2, 2, 8)
  const answer = await put(
    row('dev_1', at, { t: 5.25 }) + row('dev_1', at + 500, { t: 5.75 }),
    row('dev_2', at, { h: 41 }),
  )
  expect(answer).toMatchObject({ FailedPutCount: 0, RequestResponses: [{}, {}] })
  await put('{"device_id": "dev_3", "measured_at": "yesterday"}', 'no JSON')
  await firehose.resume!()
  expect(
    await ask(
      `SELECT device_id, avg(measures['t']) AS t, max(measured_at) FROM samples WHERE day = '${today}' GROUP BY 1 ORDER BY 1`,
    ),
  ).toEqual({
    columns: ['device_id', 't', expect.any(String)],
    rows: [
      ['dev_1', '5.5', '2026-03-02 08:00:00.5'],
      ['dev_2', undefined, '2026-03-02 08:00:00'],
    ],
  })
  expect((await ask("SELECT measures FROM samples WHERE device_id = 'dev_2'")).rows).toEqual([['{h=41}']])
  expect((await ask("SELECT count(*) FROM lake.samples WHERE day < '2020-01-01'")).rows).toEqual([['0']])
  const [misfits] = cloud.objects.filter(({ key }) => key.startsWith(`errors/format-conversion-failed/day=${today}/`))
  const kept = String(misfits!.body)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(kept.map(({ rawData }) => Buffer.from(rawData, 'base64').toString())).toEqual([
    '{"device_id": "dev_3", "measured_at": "yesterday"}',
    'no JSON',
  ])
  expect(kept[0].errorCode).toBe('DataFormatConversion.MalformedData')
})

test('facts come from the bus; what differs from one to the other is JSON text, and what a fact lacks is empty', async () => {
  const arn = 'arn:aws:firehose:eu-central-1:000000000000:deliverystream/lake-facts'
  const moved = { hash: 'a1', entityId: 'lot_1', type: 'LotMoved', data: { from: 'loc_1', quantity: 30 } }
  const released = {
    ...moved,
    hash: 'b2',
    type: 'LotReleased',
    data: { to: ['x'] },
    signature: { meaning: 'approval' },
  }
  await deliver(cloud, arn, moved)
  await deliver(cloud, arn, { ...released, unknown: 1 })
  await firehose.resume!()
  const asked = await ask(
    `SELECT hash, entity_id, data, signature, json_extract_scalar(data, '$.quantity') FROM facts WHERE day = '${today}' ORDER BY hash`,
  )
  expect(asked.rows).toEqual([
    ['a1', 'lot_1', '{"from":"loc_1","quantity":30}', undefined, '30'],
    ['b2', 'lot_1', '{"to":["x"]}', '{"meaning":"approval"}', undefined],
  ])
})

test('a delivery that a crash cut off is made again, as the same file', async () => {
  const sample = { deviceId: 'dev_4', at: '2026-03-03T08:00:00.000Z', measures: { t: 1, state: 'idle' } }
  await Promise.all([lake.put([sample]), lake.put([{ ...sample, deviceId: 'dev_5' }])])
  const folder = join(cloud.data, 'firehose/lake-samples')
  const [open] = globSync('*.open', { cwd: folder })
  const closed = join(folder, open!.replace('open', 'closed'))
  copyFileSync(join(folder, open!), join(cloud.data, 'copy'))
  await firehose.resume!()
  const before = files()
  copyFileSync(join(cloud.data, 'copy'), closed)
  await firehose.resume!()
  expect(files()).toEqual(before)
  const found = await ask("SELECT device_id, measures['t'] FROM samples WHERE device_id >= 'dev_4' ORDER BY 1")
  expect(found.rows).toEqual([
    ['dev_4', '1'],
    ['dev_5', '1'],
  ])
})

test('questions read the lake and nothing else, and say what is wrong with them', async () => {
  writeFileSync(join(cloud.data, 'secret.csv'), 'a\n1\n')
  await expect(ask(`SELECT * FROM read_csv('${cloud.data}/secret.csv')`)).rejects.toThrow(/Permission/)
  await expect(ask('DROP TABLE samples')).rejects.toThrow('only SELECT')
  await expect(ask('SELECT nothing FROM samples')).rejects.toThrow('nothing')
})

test('a buffer keeps what it took through a crash, without the half line that nobody was told about', async () => {
  const folder = join(cloud.data, 'buffer')
  mkdirSync(folder)
  const buffer = new DeliveryBuffer(folder)
  await Promise.all([buffer.append(['one']), buffer.append(['two', 'three'])])
  const [open] = globSync('*.open', { cwd: folder })
  appendFileSync(join(folder, open!), 'half')
  const [found] = new DeliveryBuffer(folder).closed()
  expect(readFileSync(found!.path, 'utf8')).toBe('one\ntwo\nthree\n')
})
