import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cloud, Permission, Resource, Service, WireAnswer, WireCall } from './cloud.ts'
import { type ClosedBuffer, DeliveryBuffer } from './delivery-buffer.ts'
import { type GlueTable, glueTables } from './glue-tables.ts'
import type { Json } from './intrinsics.ts'
import { type JsonReading, writeParquet } from './parquet.ts'
import { onlyProperties } from './properties.ts'
import { tally } from './tally.ts'
import { WireError } from './wire-error.ts'

/** On one machine nobody waits a quarter of an hour to see what was delivered. */
const LONGEST_SECONDS = 60
const MOST_RECORDS = 500
const MOST_RECORD_BYTES = 1000 * 1024
const MOST_BYTES = 4 * 1024 * 1024

let streams = new Map<string, DeliveryStream>()

/** Amazon Data Firehose: direct puts, converted to Parquet by a table of the Glue catalog, into S3. */
export const firehose: Service = {
  name: 'firehose',
  types: ['AWS::KinesisFirehose::DeliveryStream', 'AWS::Glue::Database', 'AWS::Glue::Table'],

  async start(cloud) {
    const tables = glueTables(cloud)
    const made = cloud.ofType('AWS::KinesisFirehose::DeliveryStream')
    streams = new Map(made.map((resource) => [resource.ref, new DeliveryStream(cloud, resource, tables)]))
    cloud.wire('firehose', { authorize: (call) => permissions(cloud, call), answer })
  },

  async resume() {
    await Promise.all([...streams.values()].map((stream) => stream.deliver()))
  },

  async stop() {
    await Promise.all([...streams.values()].map((stream) => stream.stop()))
    streams = new Map()
  },
}

function permissions(cloud: Cloud, { operation, body }: Omit<WireCall, 'principal'>): Permission[] {
  if (operation !== 'PutRecord' && operation !== 'PutRecordBatch')
    throw new WireError(400, 'UnknownOperationException', `the local Firehose has no operation ${operation}`)
  const name = JSON.parse(body.toString('utf8')).DeliveryStreamName
  const resource = `arn:aws:firehose:${cloud.region}:${cloud.account}:deliverystream/${name}`
  return [{ action: `firehose:${operation}`, resource }]
}

async function answer({ operation, body }: WireCall): Promise<WireAnswer> {
  const { DeliveryStreamName: name, Record: one, Records = [one] } = JSON.parse(body.toString('utf8'))
  const stream = streams.get(name)
  if (!stream) throw new WireError(400, 'ResourceNotFoundException', `Firehose ${name} not found.`)
  const records: Buffer[] = Records.map(({ Data }: Json) => Buffer.from(Data, 'base64'))
  const bytes = records.reduce((sum, { length }) => sum + length, 0)
  if (records.length === 0 || records.length > MOST_RECORDS || bytes > MOST_BYTES)
    throw new WireError(400, 'InvalidArgumentException', `A call takes 1 to ${MOST_RECORDS} records of 4 MiB together`)
  if (records.some(({ length }) => length > MOST_RECORD_BYTES))
    throw new WireError(400, 'InvalidArgumentException', 'A record takes 1000 KiB')
  tally('firehose call')
  await stream.put(records)
  const ids = records.map((_, index) => ({ RecordId: `${Date.now()}-${index}` }))
  const result = operation === 'PutRecord' ? ids[0] : { FailedPutCount: 0, RequestResponses: ids }
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: JSON.stringify(result) }
}

/** Takes one record of another service; resolves when it would survive a `kill -9`. */
export async function putRecord(arn: string, text: string): Promise<void> {
  const stream = streams.get(arn.slice(arn.lastIndexOf('/') + 1))
  if (!stream) throw new WireError(400, 'ResourceNotFoundException', `Firehose ${arn} not found.`)
  await stream.put([Buffer.from(text)])
}

/** How AWS's two readers of JSON find the columns; what they have besides, the local cloud does not know. */
function readingOf(name: string, { HiveJsonSerDe: hive, OpenXJsonSerDe: openX }: Json): JsonReading {
  if (hive?.TimestampFormats?.join() === 'millis') return { keyOf: (column) => column, mayLack: false }
  const { ColumnToJsonKeyMappings: keys = {}, ...more } = openX ?? { unknown: true }
  if (Object.keys(more).length > 0)
    throw new Error(`${name}: the local cloud reads JSON with timestamps in milliseconds, or by OpenX without options`)
  return { keyOf: (column) => keys[column] ?? column, mayLack: true }
}

class DeliveryStream {
  private readonly cloud: Cloud
  private readonly name: string
  private readonly destination: Json
  private readonly bucket: string
  private readonly table: GlueTable
  private readonly reading: JsonReading
  private readonly buffer: DeliveryBuffer
  private timer: NodeJS.Timeout | undefined
  private delivering = Promise.resolve()

  constructor(cloud: Cloud, resource: Resource, tables: readonly GlueTable[]) {
    onlyProperties(
      resource,
      ...['DeliveryStreamEncryptionConfigurationInput', 'DeliveryStreamName', 'DeliveryStreamType', 'Tags'],
      'ExtendedS3DestinationConfiguration',
    )
    const destination = resource.properties.ExtendedS3DestinationConfiguration
    const { SchemaConfiguration: schema, InputFormatConfiguration } = destination.DataFormatConversionConfiguration
    const table = tables.find(({ database, name }) => database === schema.DatabaseName && name === schema.TableName)
    if (!table)
      throw new Error(`${resource.ref} converts by ${schema.DatabaseName}.${schema.TableName}, which is no table`)
    this.cloud = cloud
    this.name = resource.ref
    this.destination = destination
    this.bucket = destination.BucketARN.slice('arn:aws:s3:::'.length)
    this.table = table
    this.reading = readingOf(resource.ref, InputFormatConfiguration.Deserializer)
    this.buffer = new DeliveryBuffer(join(cloud.data, 'firehose', resource.ref))
  }

  /** Resolves when the records would survive a `kill -9`. */
  async put(records: readonly Buffer[]): Promise<void> {
    await this.buffer.append(records.map((record) => record.toString('utf8').trimEnd()))
    const { IntervalInSeconds = 300, SizeInMBs = 128 } = this.destination.BufferingHints ?? {}
    if (this.buffer.bytes > SizeInMBs * 1024 * 1024) void this.deliver()
    this.timer ??= setTimeout(() => void this.deliver(), Math.min(IntervalInSeconds, LONGEST_SECONDS) * 1000).unref()
  }

  /** Puts everything that was taken so far into the lake. */
  deliver(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    this.delivering = this.delivering.then(async () => {
      await this.buffer.close()
      for (const closed of this.buffer.closed()) await this.deliverOne(closed)
    })
    return this.delivering.catch((error: Error) => {
      this.delivering = Promise.resolve()
      this.cloud.log('firehose', `${this.name}: ${error.message}; trying again`)
      this.timer ??= setTimeout(() => void this.deliver(), 5000).unref()
    })
  }

  stop(): Promise<void> {
    return this.deliver().finally(() => clearTimeout(this.timer))
  }

  /** A crash in between makes the same file again: its name comes from the buffer's. */
  private async deliverOne({ path, since }: ClosedBuffer): Promise<void> {
    const { Prefix, ErrorOutputPrefix } = this.destination
    const file = `${this.name}-1-${new Date(since).toISOString().slice(0, 19).replace(/[T:]/g, '-')}-${since}`
    const target = join(this.cloud.data, 's3', this.bucket, keyOf(Prefix, since), `${file}.parquet`)
    const misfits = await writeParquet(path, this.table, this.reading, target)
    if (misfits.length > 0)
      await this.cloud.putObject(
        this.bucket,
        keyOf(ErrorOutputPrefix, since) + file,
        misfits.map(({ line }) => `${JSON.stringify(failure(line, since))}\n`).join(''),
      )
    await rm(path)
  }
}

/** What AWS writes for a record that it could not convert. */
const failure = (line: string, since: number) => ({
  attemptsMade: 1,
  arrivalTimestamp: since,
  errorCode: 'DataFormatConversion.MalformedData',
  errorMessage: 'The record is no JSON that the columns of the table can hold.',
  rawData: Buffer.from(line).toString('base64'),
})

function keyOf(prefix: string, since: number): string {
  return prefix
    .replaceAll('!{timestamp:yyyy-MM-dd}', new Date(since).toISOString().slice(0, 10))
    .replaceAll('!{firehose:error-output-type}', 'format-conversion-failed')
    .replace(/!\{.*?\}/, (unknown) => {
      throw new Error(`the local Firehose does not know ${unknown} in a prefix`)
    })
}
