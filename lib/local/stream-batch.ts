import { createHash } from 'node:crypto'
import type { Cloud, Resource } from './cloud.ts'
import { failedItems } from './event-source.ts'
import type { Json } from './intrinsics.ts'
import { pause } from './pause.ts'
import { deliver } from './targets.ts'

const RETRY_FIRST_MS = 200
const RETRY_LONGEST_MS = 10_000

/** Where a batch comes from and goes to. */
export interface StreamBatch {
  readonly cloud: Cloud
  readonly mapping: Resource
  /** The engine's own ARN of the stream. */
  readonly streamArn: string
  readonly shard: string
  readonly signal: AbortSignal
}

/** Gives records to the function until it is done with them, one way or another: bisected, retried, or given up. */
export async function deliverBatch(batch: StreamBatch, records: readonly Json[], attempts = 0): Promise<void> {
  const { cloud, mapping, signal } = batch
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
  if (rest.length < records.length) return deliverBatch(batch, rest, attempts)
  if (BisectBatchOnFunctionError && rest.length > 1) {
    const half = Math.ceil(rest.length / 2)
    await deliverBatch(batch, rest.slice(0, half), attempts)
    return deliverBatch(batch, rest.slice(half), attempts)
  }
  const age = Date.now() / 1000 - rest[0].dynamodb.ApproximateCreationDateTime
  const exhausted = MaximumRetryAttempts >= 0 && attempts >= MaximumRetryAttempts
  if (exhausted || (MaximumRecordAgeInSeconds >= 0 && age > MaximumRecordAgeInSeconds))
    return giveUp(batch, rest, attempts)
  await pause(Math.min(RETRY_FIRST_MS * 2 ** attempts, RETRY_LONGEST_MS), signal)
  return deliverBatch(batch, rest, attempts + 1)
}

/** Tells the failure destination where in the stream the records are, as Lambda does; the records are not in it. */
async function giveUp(
  { cloud, mapping, streamArn, shard }: StreamBatch,
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
