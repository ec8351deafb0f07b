import { createHash } from 'node:crypto'
import type { Cloud, Resource, Service } from './cloud.ts'
import { assertMapping, failedItems, mappingsFrom, passes } from './event-source.ts'
import type { Json } from './intrinsics.ts'
import { assertTarget, deliver } from './targets.ts'

const POLL_MS = 100
const REDELIVERED = 0.03
const RETRY_FIRST_MS = 200
const RETRY_LONGEST_MS = 10_000
const RECORDS_A_CALL = 1000

/** A place in a shard: everything up to this sequence number has been dealt with. */
type Checkpoint = readonly [mapping: string, shard: string, sequenceNumber: string]

interface Reader {
  readonly cloud: Cloud
  readonly mapping: Resource
  /** The engine's own ARN of the stream. */
  readonly streamArn: string
  readonly signal: AbortSignal
  readonly random: () => number
  readonly checkpoints: Map<string, string>
  readonly save: (checkpoint: Checkpoint) => Promise<void>
}

let stopping: AbortController | undefined
let loops: Promise<void>[] = []
let readers: Reader[] = []

/** DynamoDB Streams: feeds functions from the tables' streams, in order, with checkpoints that survive a crash. */
export const streams: Service = {
  name: 'streams',
  types: [],

  async start(cloud) {
    const controller = new AbortController()
    stopping = controller
    const checkpoints = new Map<string, string>()
    const save = cloud.journal.open<Checkpoint>('streams', {
      apply: ([mapping, shard, sequenceNumber]) => void checkpoints.set(`${mapping} ${shard}`, sequenceNumber),
      *snapshot() {
        for (const [key, sequenceNumber] of checkpoints) {
          const [mapping, shard] = key.split(' ') as [string, string]
          yield [mapping, shard, sequenceNumber] as const
        }
      },
    })
    readers = []
    for (const mapping of mappingsFrom(cloud, 'dynamodb')) {
      const streamArn = await engineStream(cloud, mapping)
      readers.push({
        cloud,
        mapping,
        streamArn,
        signal: controller.signal,
        random: cloud.random(`streams/${mapping.ref}`),
        checkpoints,
        save,
      })
    }
  },

  resume() {
    loops = readers.map(readStream)
  },

  async stop() {
    stopping?.abort()
    await Promise.all(loops)
    loops = []
  },
}

async function engineStream(cloud: Cloud, mapping: Resource): Promise<string> {
  assertMapping(
    mapping,
    'BisectBatchOnFunctionError',
    'DestinationConfig',
    'MaximumRecordAgeInSeconds',
    'MaximumRetryAttempts',
    'ParallelizationFactor',
    'StartingPosition',
  )
  const { EventSourceArn, FunctionName, DestinationConfig } = mapping.properties
  const table = cloud.resources.find((each) => each.attributes.StreamArn === EventSourceArn)
  if (!table) throw new Error(`event source mapping ${mapping.logicalId} reads ${EventSourceArn}, which no table has`)
  if (FunctionName.startsWith('arn:')) assertTarget(cloud, FunctionName, `event source mapping ${mapping.logicalId}`)
  const deadLetter = DestinationConfig?.OnFailure?.Destination
  if (deadLetter) assertTarget(cloud, deadLetter, `event source mapping ${mapping.logicalId}`)
  const { Table } = await cloud.dynamodb('DynamoDB_20120810.DescribeTable', { TableName: table.ref })
  if (!Table.LatestStreamArn) throw new Error(`table ${table.ref} has no stream, which ${mapping.logicalId} reads`)
  return Table.LatestStreamArn
}

/** Reads the shards of a stream (the engine has one per stream) until the signal aborts. */
async function readStream(reader: Reader): Promise<void> {
  const { cloud, signal } = reader
  while (!signal.aborted) {
    try {
      const { StreamDescription } = await cloud.dynamodb('DynamoDBStreams_20120810.DescribeStream', {
        StreamArn: reader.streamArn,
      })
      await Promise.all(StreamDescription.Shards.map((shard: Json) => readShard(reader, shard.ShardId)))
    } catch (error) {
      if (signal.aborted) return
      cloud.log('streams', `${reader.mapping.logicalId}: ${(error as Error).message}; trying again`)
    }
    await pause(POLL_MS, signal)
  }
}

/** Reads a shard to its present end and gives every record to the function. */
async function readShard(reader: Reader, shard: string): Promise<void> {
  const { cloud, mapping, signal } = reader
  let iterator = await iteratorAt(reader, shard)
  while (iterator && !signal.aborted) {
    const page = await cloud.dynamodb('DynamoDBStreams_20120810.GetRecords', {
      ShardIterator: iterator,
      Limit: RECORDS_A_CALL,
    })
    const size = mapping.properties.BatchSize ?? 100
    for (let from = 0; from < page.Records.length && !signal.aborted; from += size)
      await process(reader, shard, page.Records.slice(from, from + size))
    iterator = page.NextShardIterator
    if (page.Records.length === 0) await pause(POLL_MS, signal)
  }
}

async function iteratorAt({ cloud, mapping, streamArn, checkpoints }: Reader, shard: string): Promise<string> {
  const after = checkpoints.get(`${mapping.ref} ${shard}`)
  const position = after
    ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }
    : { ShardIteratorType: 'TRIM_HORIZON' }
  const answer = await cloud.dynamodb('DynamoDBStreams_20120810.GetShardIterator', {
    StreamArn: streamArn,
    ShardId: shard,
    ...position,
  })
  return answer.ShardIterator
}

/** Gives one batch to the function until it is done with it, one way or another, then moves the checkpoint. */
async function process(reader: Reader, shard: string, records: readonly Json[]): Promise<void> {
  const wanted = records.filter((record) => passes(reader.mapping, filterView(record)))
  await attempt(reader, shard, wanted, 0)
  // A batch may come again even when all went well; it comes before any later record.
  if (wanted.length > 0 && reader.random() < REDELIVERED) await attempt(reader, shard, wanted, 0)
  if (reader.signal.aborted) return
  await checkpoint(reader, shard, records.at(-1))
}

async function checkpoint({ mapping, checkpoints, save }: Reader, shard: string, record: Json): Promise<void> {
  const { SequenceNumber } = record.dynamodb
  checkpoints.set(`${mapping.ref} ${shard}`, SequenceNumber)
  await save([mapping.ref, shard, SequenceNumber])
}

async function attempt(reader: Reader, shard: string, records: readonly Json[], attempts: number): Promise<void> {
  const { cloud, mapping, signal } = reader
  if (records.length === 0 || signal.aborted) return
  const {
    BisectBatchOnFunctionError,
    FunctionName,
    MaximumRetryAttempts = -1,
    MaximumRecordAgeInSeconds = -1,
  } = mapping.properties
  const ids = records.map((record) => record.dynamodb.SequenceNumber)
  let rest = records
  try {
    const result = await cloud.invoke(
      FunctionName,
      { Records: records.map((record) => eventRecord(cloud, mapping, record)) },
      true,
    )
    const failed = failedItems(mapping, result, ids)
    if (failed.length === 0) return
    // A stream goes on from the first failure, so everything before it is done.
    rest = records.slice(ids.findIndex((id) => failed.includes(id)))
  } catch (error) {
    if (signal.aborted) return
    cloud.log('streams', `${FunctionName} failed on ${records.length} records: ${(error as Error).message}`)
  }
  if (rest.length < records.length) return attempt(reader, shard, rest, attempts)
  if (BisectBatchOnFunctionError && rest.length > 1) {
    const half = Math.ceil(rest.length / 2)
    await attempt(reader, shard, rest.slice(0, half), attempts)
    return attempt(reader, shard, rest.slice(half), attempts)
  }
  const age = Date.now() / 1000 - rest[0].dynamodb.ApproximateCreationDateTime
  const exhausted = MaximumRetryAttempts >= 0 && attempts >= MaximumRetryAttempts
  if (exhausted || (MaximumRecordAgeInSeconds >= 0 && age > MaximumRecordAgeInSeconds))
    return giveUp(reader, shard, rest, attempts)
  await pause(Math.min(RETRY_FIRST_MS * 2 ** attempts, RETRY_LONGEST_MS), signal)
  return attempt(reader, shard, rest, attempts + 1)
}

/** Tells the failure destination where in the stream the records are, as Lambda does; the records are not in it. */
async function giveUp(
  { cloud, mapping, streamArn }: Reader,
  shard: string,
  records: readonly Json[],
  attempts: number,
): Promise<void> {
  const destination = mapping.properties.DestinationConfig?.OnFailure?.Destination
  cloud.log(
    'streams',
    `${mapping.properties.FunctionName} gives up ${records.length} records after ${attempts + 1} attempts`,
  )
  if (!destination) return
  const time = (record: Json) => new Date(record.dynamodb.ApproximateCreationDateTime * 1000).toISOString()
  const [first, last] = [records[0], records.at(-1)]
  await deliver(cloud, destination, {
    requestContext: {
      functionArn: mapping.properties.FunctionName,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: attempts + 1,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    DDBStreamBatchInfo: {
      shardId: shard,
      startSequenceNumber: first.dynamodb.SequenceNumber,
      endSequenceNumber: last.dynamodb.SequenceNumber,
      approximateArrivalOfFirstRecord: time(first),
      approximateArrivalOfLastRecord: time(last),
      batchSize: records.length,
      streamArn,
    },
  })
}

function eventRecord(cloud: Cloud, mapping: Resource, record: Json): Json {
  const { EventSourceArn } = mapping.properties
  return {
    ...record,
    // The engine's is the bare sequence number, which another table or data folder has as well.
    eventID: createHash('md5')
      .update(`${mapping.properties.EventSourceArn} ${record.dynamodb.SequenceNumber}`)
      .digest('hex'),
    awsRegion: cloud.region,
    eventSource: 'aws:dynamodb',
    eventSourceARN: EventSourceArn,
  }
}

function filterView(record: Json): Json {
  return { eventID: record.eventID, eventName: record.eventName, dynamodb: record.dynamodb }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done)
  })
}
