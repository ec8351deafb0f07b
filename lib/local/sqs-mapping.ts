import type { Cloud, Resource } from './cloud.ts'
import type { DurableQueue, Message } from './durable-queue.ts'
import { assertMapping, failedItems, mappingsFrom, passes } from './event-source.ts'
import type { Json } from './intrinsics.ts'
import { md5, receiptHandle, systemAttributes } from './sqs-message.ts'
import { assertTarget } from './targets.ts'

const FOREVER_MS = 86_400_000
/** A batch ends where its event would grow larger than a function takes. */
const BATCH_BYTES = 6 * 1024 * 1024
/**
 * Batches of one mapping that may run at the same time, when the template does not say: on one machine a second one
 * does little for the first, but meets it at the same items, and then half of what they write is written in vain.
 */
const CONCURRENT_BATCHES = 1

/** A queue with the settings of its resource. */
export interface HostedQueue {
  readonly resource: Resource
  readonly queue: DurableQueue
  readonly visibilityMs: number
}

/** An event source mapping from a queue to a function. */
export interface QueueMapping {
  readonly resource: Resource
  readonly queueArn: string
  readonly functionArn: string
}

/** Reads the mappings whose source is a queue. */
export function queueMappings(cloud: Cloud): QueueMapping[] {
  return mappingsFrom(cloud, 'sqs').map((resource) => {
    assertMapping(resource, 'ScalingConfig')
    const { EventSourceArn, FunctionName } = resource.properties
    assertTarget(cloud, EventSourceArn, `event source mapping ${resource.logicalId}`)
    return { resource, queueArn: EventSourceArn, functionArn: FunctionName }
  })
}

/** Feeds a function from a queue until the signal aborts; a batch that runs then is finished first. */
export async function pollQueue(
  cloud: Cloud,
  mapping: QueueMapping,
  hosted: HostedQueue,
  signal: AbortSignal,
): Promise<void> {
  const concurrency = mapping.resource.properties.ScalingConfig?.MaximumConcurrency ?? CONCURRENT_BATCHES
  const loop = async () => {
    while (!signal.aborted) {
      const batch = await gather(mapping.resource, hosted, signal)
      if (batch.length > 0) await process(cloud, mapping, hosted, batch)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, loop))
}

/** Receives a batch; with a batching window it waits for a full one until the window is over. */
async function gather(
  { properties }: Resource,
  { queue, visibilityMs }: HostedQueue,
  signal: AbortSignal,
): Promise<Message[]> {
  const size = properties.BatchSize ?? 10
  await queue.arrival(FOREVER_MS, signal)
  const windowMs = (properties.MaximumBatchingWindowInSeconds ?? 0) * 1000
  if (windowMs > 0) await queue.arrival(windowMs, signal, size)
  return signal.aborted ? [] : queue.receive(size, visibilityMs, BATCH_BYTES)
}

async function process(
  cloud: Cloud,
  mapping: QueueMapping,
  { queue }: HostedQueue,
  batch: readonly Message[],
): Promise<void> {
  const wanted: Message[] = []
  for (const message of batch) {
    if (isWanted(mapping, message)) wanted.push(message)
    else queue.remove(message.id)
  }
  if (wanted.length === 0) return
  const ids = wanted.map((message) => message.id)
  try {
    const event = { Records: wanted.map((message) => record(cloud, mapping, message)) }
    const failed = new Set(failedItems(mapping.resource, await cloud.invoke(mapping.functionArn, event, true), ids))
    for (const id of ids) if (!failed.has(id)) queue.remove(id)
  } catch (error) {
    // The messages come back when their visibility timeout is over, as in the cloud.
    cloud.log(
      'sqs',
      `${mapping.functionArn} failed on ${wanted.length} messages of ${mapping.queueArn}: ${(error as Error).message}`,
    )
  }
}

/** Most mappings have no filter, and then nobody needs the body read. */
const isWanted = ({ resource }: QueueMapping, { id, body }: Message) =>
  resource.properties.FilterCriteria === undefined || passes(resource, { body: parsed(body), messageId: id })

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // A filter can also look at a body that is plain text.
    return body
  }
}

function record(cloud: Cloud, { queueArn }: QueueMapping, message: Message): Json {
  return {
    messageId: message.id,
    receiptHandle: receiptHandle(message),
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, stringValue]) => [
        name,
        { stringValue, stringListValues: [], binaryListValues: [], dataType: 'String' },
      ]),
    ),
    md5OfBody: md5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: cloud.region,
  }
}
