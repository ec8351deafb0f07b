import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { QueryCommand, type QueryCommandOutput, TimestreamQueryClient } from '@aws-sdk/client-timestream-query'
import {
  type _Record,
  RejectedRecordsException,
  TimestreamWriteClient,
  WriteRecordsCommand,
} from '@aws-sdk/client-timestream-write'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { timestream } from '../../lib/local/timestream.ts'
import { type FakeCloud, fakeCloud, resource, serveWire } from './fake-cloud.ts'

const PORT = 22210
const ENDPOINT = `http://127.0.0.1:${PORT + 1}`
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
const sdk = { region: 'eu-central-1', credentials, maxAttempts: 1 }
const arn = (table: string) => `arn:aws:timestream:eu-central-1:000000000000:database/factory/table/${table}`
const table = (name: string, properties: object) =>
  resource(
    'AWS::Timestream::Table',
    `factory|${name}`,
    { DatabaseName: 'factory', ...properties },
    { Arn: arn(name), Name: name },
  )
const resources = [
  resource('AWS::Timestream::Database', 'factory', { DatabaseName: 'factory' }),
  table('readings', {
    RetentionProperties: { MemoryStoreRetentionPeriodInHours: '24', MagneticStoreRetentionPeriodInDays: '365' },
    MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
  }),
  table('fresh', {
    RetentionProperties: { MemoryStoreRetentionPeriodInHours: '2', MagneticStoreRetentionPeriodInDays: '1' },
    Schema: { CompositePartitionKey: [{ Type: 'DIMENSION', Name: 'device', EnforcementInRecord: 'REQUIRED' }] },
  }),
]
const folder = mkdtempSync(join(tmpdir(), 'lotline-timestream-'))
const HOUR = 3_600_000
const now = Date.now()

let cloud: FakeCloud
let wire: Server
const writer = new TimestreamWriteClient({ ...sdk, endpoint: ENDPOINT })
const reader = new TimestreamQueryClient({ ...sdk, endpoint: ENDPOINT })

beforeAll(async () => {
  cloud = fakeCloud(PORT, resources, { data: folder })
  await timestream.start(cloud)
  wire = await serveWire(cloud)
})
afterAll(async () => {
  wire.closeAllConnections()
  wire.close()
  await timestream.stop()
  rmSync(folder, { recursive: true, force: true })
})

const write = (Records: _Record[], CommonAttributes?: _Record, TableName = 'readings') =>
  writer.send(new WriteRecordsCommand({ DatabaseName: 'factory', TableName, Records, CommonAttributes }))
const query = (QueryString: string, more = {}) => reader.send(new QueryCommand({ QueryString, ...more }))
const values = ({ Rows }: QueryCommandOutput) => Rows!.map(({ Data }) => Data!.map((one) => one.ScalarValue ?? null))
const device = (name: string, site = 'berlin') => [
  { Name: 'device', Value: name },
  { Name: 'site', Value: site },
]
const multi = (time: number, temperature: number, more: _Record = {}): _Record => ({
  Time: String(time),
  MeasureName: 'climate',
  MeasureValueType: 'MULTI',
  MeasureValues: [
    { Name: 'temperature', Value: String(temperature), Type: 'DOUBLE' },
    { Name: 'door', Value: 'true', Type: 'BOOLEAN' },
    { Name: 'state', Value: "o'clock", Type: 'VARCHAR' },
    { Name: 'count', Value: '9007199254740993', Type: 'BIGINT' },
  ],
  ...more,
})

describe('WriteRecords', () => {
  test('multi-measure records with common attributes come back with their types', async () => {
    const result = await write([multi(now, 5), multi(now - HOUR, 6.5)], { Dimensions: device('multi') })
    expect(result.RecordsIngested).toEqual({ Total: 2, MemoryStore: 2, MagneticStore: 0 })
    const rows = await query(
      `SELECT temperature, door, state, count, measure_name, time FROM "factory"."readings" WHERE device = 'multi' ORDER BY time DESC`,
    )
    const time = new Date(now).toISOString().replace('T', ' ').replace('Z', '000000')
    expect(values(rows)[0]).toEqual(['5.0', 'true', "o'clock", '9007199254740993', 'climate', time])
    expect(rows.ColumnInfo!.map((column) => column.Type!.ScalarType)).toEqual([
      'DOUBLE',
      'BOOLEAN',
      'VARCHAR',
      'BIGINT',
      'VARCHAR',
      'TIMESTAMP',
    ])
  })

  test('single measures are read as measure_value::type', async () => {
    const common = { Dimensions: device('single'), MeasureName: 'humidity', TimeUnit: 'SECONDS' as const }
    await write([{ Time: String(Math.floor(now / 1000)), MeasureValue: '41.5', MeasureValueType: 'DOUBLE' }], common)
    const rows = await query(
      `SELECT measure_value::double, to_unixtime(time) FROM factory.readings WHERE measure_name = 'humidity'`,
    )
    expect(values(rows)).toEqual([['41.5', `${Math.floor(now / 1000)}.0`]])
    expect(rows.ColumnInfo![0]!.Name).toBe('measure_value::double')
  })

  test('the same record again changes nothing, a higher version replaces it, a lower one is rejected', async () => {
    const common = { Dimensions: device('versions') }
    await write([multi(now, 1, { Version: 5 })], common)
    await write([multi(now, 1, { Version: 5 })], common)
    await write([multi(now, 2, { Version: 6 })], common)
    const rejected = await write(
      [multi(now, 3, { Version: 4 }), multi(now - 1, 4), multi(now, 9, { Version: 6 })],
      common,
    ).catch((error) => error)
    expect(rejected).toBeInstanceOf(RejectedRecordsException)
    expect(rejected.RejectedRecords).toEqual([
      { RecordIndex: 0, Reason: expect.stringContaining('lower than the existing version 6'), ExistingVersion: 6 },
      { RecordIndex: 2, Reason: expect.stringContaining('other values'), ExistingVersion: 6 },
    ])
    const rows = await query(`SELECT temperature FROM "factory"."readings" WHERE device = 'versions' ORDER BY time`)
    expect(values(rows)).toEqual([['4.0'], ['2.0']])
  })

  test.each([
    [{ MeasureValue: 'NaN' }, 'is not a DOUBLE'],
    [{ MeasureValue: '1e400' }, 'is not a DOUBLE'],
    [{ MeasureValue: '1.5', MeasureValueType: 'BIGINT' as const }, 'is not a BIGINT'],
    [{ Time: '-5', MeasureValue: '1' }, 'Time -5'],
    [{ Time: String(now + HOUR), MeasureValue: '1' }, 'outside the time range'],
    [{ Time: String(now - 400 * 24 * HOUR), MeasureValue: '1' }, 'outside the time range'],
    [{ Dimensions: [{ Name: 'time', Value: 'x' }], MeasureValue: '1' }, 'reserved'],
    [{ Dimensions: device('twice'), MeasureValue: '1' }, 'Duplicate dimension'],
    [{ Dimensions: [{ Name: 'DEVICE', Value: 'x' }], MeasureValue: '1' }, 'only in its case'],
    [{ Dimensions: [{ Name: 'temperature', Value: 'x' }], MeasureValue: '1' }, 'is a DOUBLE in this table'],
  ])('case %#: a bad record is rejected by its place and reason', async (record, reason) => {
    const common = {
      Dimensions: device('bad'),
      Time: String(now),
      MeasureName: 'x',
      MeasureValueType: 'DOUBLE' as const,
    }
    const good = { MeasureName: 'good', MeasureValue: '1' }
    const error = await write([good, record], common).catch((caught) => caught)
    expect(error.RejectedRecords).toEqual([{ RecordIndex: 1, Reason: expect.stringContaining(reason) }])
  })

  test('a table without late data takes its memory store’s hours only, and a required dimension', async () => {
    expect(values(await query(`SELECT time FROM factory.fresh WHERE device = 'a'`))).toEqual([])
    const record = { Dimensions: device('a'), MeasureName: 'x', MeasureValue: '1', MeasureValueType: 'DOUBLE' as const }
    await write([{ ...record, Time: String(now - HOUR) }], undefined, 'fresh')
    const late = await write([{ ...record, Time: String(now - 3 * HOUR) }], undefined, 'fresh').catch((error) => error)
    expect(late.RejectedRecords[0].Reason).toContain('outside the time range')
    const other = { ...record, Time: String(now), Dimensions: [{ Name: 'site', Value: 'x' }] }
    const lacking = await write([other], undefined, 'fresh').catch((error) => error)
    expect(lacking.RejectedRecords[0].Reason).toContain('dimension device is required')
    const magnetic = await write([{ ...record, Time: String(now - 48 * HOUR) }])
    expect(magnetic.RecordsIngested).toEqual({ Total: 1, MemoryStore: 0, MagneticStore: 1 })
  })

  test('an unknown table and more than 100 records are refused as a whole', async () => {
    await expect(write([multi(now, 1)], {}, 'nothing')).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
    const many = Array.from({ length: 101 }, () => multi(now, 1))
    await expect(write(many)).rejects.toMatchObject({ name: 'ValidationException' })
  })
})

describe('Query', () => {
  beforeAll(async () => {
    const records = Array.from({ length: 90 }, (_, minute) => multi(now - minute * 60_000, minute))
    await write(records, { Dimensions: device('query') })
  })

  test('ago, now, durations and bin', async () => {
    const rows = await query(
      `SELECT bin(time, 15m) AS slot, avg(temperature) AS mean, count(*) FROM "factory"."readings"
       WHERE device = 'query' AND time BETWEEN ago(30m) AND now() + 1s -- ago(1h)
       GROUP BY bin(time, 15m) ORDER BY slot`,
    )
    const found = values(rows)
    expect(found.length).toBeGreaterThanOrEqual(2)
    expect(found.reduce((sum, row) => sum + Number(row[2]), 0)).toBeGreaterThanOrEqual(29)
    expect(found[0]![0]).toMatch(/:(00|15|30|45):00\.000000000$/)
  })

  test.each([
    [`from_iso8601_timestamp('2026-11-22T21:00:00.5+01:00')`, '2026-11-22 20:00:00.500000000', 'TIMESTAMP'],
    [`'5m and measure_value::double'`, '5m and measure_value::double', 'VARCHAR'],
    ['7 / 2', '3', 'INTEGER'],
    ["date_trunc('hour', TIMESTAMP '2026-11-22 20:15:00')", '2026-11-22 20:00:00.000000000', 'TIMESTAMP'],
    ['90m', '0 01:30:00.000000000', 'INTERVAL_DAY_TO_SECOND'],
    ['1d + 1ms', '1 00:00:00.001000000', 'INTERVAL_DAY_TO_SECOND'],
    ['from_milliseconds(1000)', '1970-01-01 00:00:01.000000000', 'TIMESTAMP'],
    ['CAST(1 AS DOUBLE)', '1.0', 'DOUBLE'],
    ["DATE '2026-11-22'", '2026-11-22', 'DATE'],
  ])('SELECT %s is %s', async (expression, value, type) => {
    const rows = await query(`SELECT ${expression} AS value`)
    expect(values(rows)).toEqual([[value]])
    expect(rows.ColumnInfo).toEqual([{ Name: 'value', Type: { ScalarType: type } }])
  })

  test('nulls and arrays', async () => {
    const rows = await query(`SELECT NULL AS nothing, ARRAY[1, 2] AS list`)
    expect(rows.Rows![0]!.Data).toEqual([
      { NullValue: true },
      { ArrayValue: [{ ScalarValue: '1' }, { ScalarValue: '2' }] },
    ])
  })

  test('SELECT * shows no column of the store’s own', async () => {
    const rows = await query(`SELECT * FROM "factory"."readings" LIMIT 1`)
    expect(rows.ColumnInfo!.map((column) => column.Name)).toEqual(expect.arrayContaining(['device', 'site', 'time']))
    expect(rows.ColumnInfo!.filter((column) => column.Name!.startsWith('_'))).toEqual([])
  })

  test('pages hold every row once', async () => {
    const sql = `SELECT temperature FROM "factory"."readings" WHERE device = 'query' ORDER BY time DESC`
    const seen: unknown[] = []
    let NextToken: string | undefined
    do {
      const page = await query(sql, { MaxRows: 40, NextToken })
      seen.push(...values(page).flat())
      NextToken = page.NextToken
    } while (NextToken)
    expect(seen).toEqual(Array.from({ length: 90 }, (_, minute) => `${minute}.0`))
    await expect(query(sql, { NextToken: 'old:5' })).rejects.toMatchObject({ name: 'ValidationException' })
  })

  test.each([
    ['SELECT nothing FROM "factory"."readings"', 'nothing'],
    ['DELETE FROM _raw."factory/readings"', 'only SELECT'],
    ['SELECT 1; SELECT 2', 'multiple statements'],
    ["SELECT * FROM read_csv('/etc/passwd')", 'disabled by configuration'],
    ["COPY (SELECT 1) TO '/tmp/x'", 'disabled by configuration'],
    ['SELECT interpolate_linear(1)', 'interpolate_linear'],
    ['hello', 'syntax error'],
  ])('%s is refused', async (sql, reason) => {
    const error = await query(sql).catch((caught) => caught)
    expect(error.name).toBe('ValidationException')
    expect(error.message).toContain(reason)
  })

  test('IAM is asked for the tables that are read', async () => {
    cloud.permissions.length = 0
    await query('SELECT 1 FROM "factory"."readings" LIMIT 1')
    await query('SELECT 1')
    await write([multi(now, 1)], { Dimensions: device('iam') })
    expect(cloud.permissions).toEqual([
      `timestream:Select ${arn('readings')}`,
      'timestream:SelectValues *',
      `timestream:WriteRecords ${arn('readings')}`,
    ])
  })
})

test('clients that only know AWS_ENDPOINT_URL discover the endpoint over http', async () => {
  process.env.AWS_ENDPOINT_URL = ENDPOINT
  try {
    const discovering = { writer: new TimestreamWriteClient(sdk), reader: new TimestreamQueryClient(sdk) }
    cloud.permissions.length = 0
    const Records = [multi(now, 1, { Dimensions: device('discovered') })]
    await discovering.writer.send(new WriteRecordsCommand({ DatabaseName: 'factory', TableName: 'readings', Records }))
    const QueryString = `SELECT count(*) FROM "factory"."readings" WHERE device = 'discovered'`
    expect(values(await discovering.reader.send(new QueryCommand({ QueryString })))).toEqual([['1']])
    expect(cloud.permissions.filter((one) => one === 'timestream:DescribeEndpoints *')).toHaveLength(2)
  } finally {
    delete process.env.AWS_ENDPOINT_URL
  }
})

test('after a restart everything written is there but what is older than the retention', async () => {
  const count = async (where: string) =>
    Number(values(await query(`SELECT count(*) FROM factory.readings WHERE ${where}`))[0]![0])
  const [young, old] = [await count('time > ago(1d)'), await count('time < ago(1d)')]
  expect(young).toBeGreaterThan(90)
  expect(old).toBe(1)
  const shorter = resources.map((one) =>
    one.ref === 'factory|readings'
      ? table('readings', { RetentionProperties: { MagneticStoreRetentionPeriodInDays: '1' } })
      : one,
  )
  await timestream.stop()
  const again = fakeCloud(PORT, shorter, { data: folder })
  await timestream.start(again)
  cloud.wires.set('timestream', again.wires.get('timestream')!)
  expect([await count('time > ago(1d)'), await count('time < ago(1d)')]).toEqual([young, 0])
  const rewritten = await write([multi(now, 1)], { Dimensions: device('versions') }).catch((error) => error)
  expect(rewritten.RejectedRecords).toMatchObject([{ ExistingVersion: 6 }])
})

test('kill -9 loses no acknowledged record', async () => {
  let acknowledged = 0
  for (const round of [1, 2, 3, 4]) {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'timestream-writer.ts'), join(folder, 'kill')])
    let output = ''
    writer.stdout.on('data', (chunk) => {
      output += chunk
    })
    writer.stderr.on('data', (chunk) => {
      output += chunk
    })
    await expect.poll(() => output.split('\n').length, { timeout: 5000 }).toBeGreaterThan(3)
    await sleep(50 * round)
    writer.kill('SIGKILL')
    await once(writer, 'close')
    const counts = output.split('\n').slice(0, -1).map(Number)
    expect(counts[0]).toBeGreaterThanOrEqual(acknowledged)
    acknowledged = counts.at(-1)!
  }
  expect(acknowledged).toBeGreaterThan(40)
})
