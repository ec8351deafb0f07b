import type { Cloud, Resource, Service } from './cloud.ts'
import { assertMapping, mappingsFrom, passes } from './event-source.ts'
import type { Json } from './intrinsics.ts'
import { pause } from './pause.ts'
import { deliverBatch } from './stream-batch.ts'
import { assertTarget } from './targets.ts'

const POLL_MS = 100
const REDELIVERED = 0.03
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
  const batch = { ...reader, shard }
  await deliverBatch(batch, wanted)
  // A batch may come again even when all went well; it comes before any later record.
  if (wanted.length > 0 && reader.random() < REDELIVERED) await deliverBatch(batch, wanted)
  if (reader.signal.aborted) return
  await checkpoint(reader, shard, records.at(-1))
}

async function checkpoint({ mapping, checkpoints, save }: Reader, shard: string, record: Json): Promise<void> {
  const { SequenceNumber } = record.dynamodb
  checkpoints.set(`${mapping.ref} ${shard}`, SequenceNumber)
  await save([mapping.ref, shard, SequenceNumber])
}

function filterView(record: Json): Json {
  return { eventID: record.eventID, eventName: record.eventName, dynamodb: record.dynamodb }
}
