import type { Cloud, Permission, Service, WireCall } from './cloud.ts'
import { DurableQueue, type Message, type QueueRecord, queueChapter } from './durable-queue.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { type HostedQueue, pollQueue, queueMappings } from './sqs-mapping.ts'
import { md5, receiptHandle, systemAttributes } from './sqs-message.ts'
import { WireError } from './wire-error.ts'

const TAKEN = [
  'QueueName',
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'RedrivePolicy',
  'ReceiveMessageWaitTimeSeconds',
]
const WITHOUT_EFFECT = [
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'MaximumMessageSize',
  'RedriveAllowPolicy',
  'SqsManagedSseEnabled',
  'Tags',
]
const MESSAGE_LIMIT_BYTES = 1024 * 1024

const queues = new Map<string, HostedQueue>()
let drained: ReadonlySet<string> = new Set()
let polling: { stop: AbortController; loops: Promise<void>[] } | undefined
let beginPolling = () => {}

/** SQS: durable queues with redrive, and the event source mappings that feed functions from them. */
export const sqs: Service = {
  name: 'sqs',
  types: ['AWS::SQS::Queue', 'AWS::Lambda::EventSourceMapping'],

  async start(cloud) {
    createQueues(cloud)
    cloud.wire('sqs', {
      authorize: permissions,
      answer: async (call) => ({
        status: 200,
        headers: { 'content-type': 'application/x-amz-json-1.0' },
        body: JSON.stringify(await answer(call)),
      }),
    })
    const mappings = queueMappings(cloud)
    drained = new Set(mappings.map(({ queueArn }) => queueArn))
    beginPolling = () => {
      const stop = new AbortController()
      polling = {
        stop,
        loops: mappings.map((mapping) => pollQueue(cloud, mapping, queues.get(mapping.queueArn)!, stop.signal)),
      }
    }
  },

  resume() {
    beginPolling()
  },

  async stop() {
    polling?.stop.abort()
    await Promise.all(polling?.loops ?? [])
    for (const { queue } of queues.values()) queue.close()
    queues.clear()
  },
}

/** In the cloud a queue holds what comes. On one machine it would hold it in memory: whoever sends waits for room, and two batches find some. */
const MOST_READY = 1000

/** Appends a message durably; where a function drains the queue, not before it has room. */
export async function sendMessage(
  queueArn: string,
  body: string,
  attributes: Record<string, string> = {},
): Promise<void> {
  const hosted = queues.get(queueArn)
  if (!hosted) throw new WireError(400, 'QueueDoesNotExist', `The specified queue does not exist: ${queueArn}`)
  if (drained.has(queueArn)) await hosted.queue.room(MOST_READY)
  await hosted.queue.put(body, attributes, delayOf(hosted))
}

function delayOf({ resource }: HostedQueue): number {
  return (resource.properties.DelaySeconds ?? 0) * 1000
}

function createQueues(cloud: Cloud): void {
  const byArn = new Map<string, DurableQueue>()
  const append = (record: QueueRecord) => journal(record)
  for (const resource of cloud.ofType('AWS::SQS::Queue')) {
    onlyProperties(resource, ...TAKEN, ...WITHOUT_EFFECT)
    const { properties, attributes } = resource
    const redrive = properties.RedrivePolicy
    const options = {
      retentionMs: (properties.MessageRetentionPeriod ?? 345_600) * 1000,
      ...(redrive && {
        deadLetter: {
          maxReceives: Number(redrive.maxReceiveCount),
          redrive: (message: Message) =>
            sendMessage(redrive.deadLetterTargetArn, message.body, { ...message.attributes }),
        },
      }),
    }
    const queue = new DurableQueue(attributes.Arn!, options, append, cloud.random(`sqs/${attributes.QueueName}`))
    byArn.set(queue.name, queue)
    queues.set(queue.name, { resource, queue, visibilityMs: (properties.VisibilityTimeout ?? 30) * 1000 })
  }
  const journal = cloud.journal.open('sqs', queueChapter(byArn))
}

function byUrl(url: string): HostedQueue {
  const name = url.slice(url.lastIndexOf('/') + 1)
  for (const hosted of queues.values()) if (hosted.resource.attributes.QueueName === name) return hosted
  throw new WireError(400, 'QueueDoesNotExist', `The specified queue does not exist: ${url}`)
}

const ACTION_OF_BATCH: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
}

function permissions(call: Omit<WireCall, 'principal'>): Permission[] {
  const input: Json = JSON.parse(call.body.toString())
  const { queue } = byUrl(input.QueueUrl ?? input.QueueName ?? '')
  return [{ action: `sqs:${ACTION_OF_BATCH[call.operation] ?? call.operation}`, resource: queue.name }]
}

type Operation = (hosted: HostedQueue, input: Json) => Json | Promise<Json>

const OPERATIONS: Readonly<Record<string, Operation>> = {
  SendMessage: send,
  SendMessageBatch: (hosted, input) => batch(input, (entry) => send(hosted, entry)),
  ReceiveMessage: receive,
  DeleteMessage: remove,
  DeleteMessageBatch: (hosted, input) => batch(input, (entry) => remove(hosted, entry)),
  ChangeMessageVisibility: changeVisibility,
  ChangeMessageVisibilityBatch: (hosted, input) => batch(input, (entry) => changeVisibility(hosted, entry)),
  GetQueueUrl: ({ resource }) => ({ QueueUrl: resource.ref }),
  GetQueueAttributes: attributesOf,
}

async function answer(call: WireCall): Promise<Json> {
  const operation = OPERATIONS[call.operation]
  if (!operation)
    throw new WireError(400, 'UnsupportedOperation', `the local cloud does not implement sqs:${call.operation}`)
  const input: Json = JSON.parse(call.body.toString())
  return operation(byUrl(input.QueueUrl ?? input.QueueName), input)
}

async function send(hosted: HostedQueue, input: Json): Promise<Json> {
  const body = String(input.MessageBody ?? '')
  if (body === '') throw new WireError(400, 'MissingParameter', 'The request must contain the parameter MessageBody.')
  if (Buffer.byteLength(body) > MESSAGE_LIMIT_BYTES)
    throw new WireError(
      400,
      'InvalidParameterValue',
      `One or more parameters are invalid. Message must be shorter than ${MESSAGE_LIMIT_BYTES} bytes.`,
    )
  const attributes = Object.entries<Json>(input.MessageAttributes ?? {}).map(([name, { DataType, StringValue }]) => {
    if (DataType !== 'String')
      throw new WireError(
        400,
        'UnsupportedOperation',
        `the local cloud keeps message attributes of type String only: ${name}`,
      )
    return [name, StringValue]
  })
  const delayMs = input.DelaySeconds === undefined ? delayOf(hosted) : input.DelaySeconds * 1000
  const id = await hosted.queue.put(body, Object.fromEntries(attributes), delayMs)
  return { MessageId: id, MD5OfMessageBody: md5(body) }
}

async function receive(hosted: HostedQueue, input: Json): Promise<Json> {
  const waitSeconds = input.WaitTimeSeconds ?? hosted.resource.properties.ReceiveMessageWaitTimeSeconds ?? 0
  if (waitSeconds > 0) await hosted.queue.arrival(waitSeconds * 1000, polling?.stop.signal)
  const visibilityMs = input.VisibilityTimeout === undefined ? hosted.visibilityMs : input.VisibilityTimeout * 1000
  const messages = hosted.queue.receive(input.MaxNumberOfMessages ?? 1, visibilityMs)
  if (messages.length === 0) return {}
  return {
    Messages: messages.map((message) => ({
      MessageId: message.id,
      ReceiptHandle: receiptHandle(message),
      Body: message.body,
      MD5OfBody: md5(message.body),
      Attributes: systemAttributes(message),
      ...(Object.keys(message.attributes).length > 0 && {
        MessageAttributes: Object.fromEntries(
          Object.entries(message.attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
        ),
      }),
    })),
  }
}

function remove(hosted: HostedQueue, input: Json): Json {
  hosted.queue.remove(messageId(input.ReceiptHandle))
  return {}
}

function changeVisibility(hosted: HostedQueue, input: Json): Json {
  hosted.queue.release(messageId(input.ReceiptHandle), input.VisibilityTimeout * 1000)
  return {}
}

function attributesOf({ queue, resource, visibilityMs }: HostedQueue, input: Json): Json {
  const { visible, invisible } = queue.depth()
  const all: Record<string, string> = {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(invisible),
    QueueArn: queue.name,
    VisibilityTimeout: String(visibilityMs / 1000),
    ...(resource.properties.RedrivePolicy && { RedrivePolicy: JSON.stringify(resource.properties.RedrivePolicy) }),
  }
  const wanted: string[] = input.AttributeNames ?? []
  return {
    Attributes: Object.fromEntries(
      Object.entries(all).filter(([name]) => wanted.includes('All') || wanted.includes(name)),
    ),
  }
}

async function batch(input: Json, operation: (entry: Json) => Json | Promise<Json>): Promise<Json> {
  const Successful: Json[] = []
  const Failed: Json[] = []
  await Promise.all(
    input.Entries.map(async (entry: Json) => {
      try {
        Successful.push({ Id: entry.Id, ...(await operation(entry)) })
      } catch (error) {
        if (!(error instanceof WireError)) throw error
        Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message })
      }
    }),
  )
  return { Successful, Failed }
}

function messageId(handle: unknown): string {
  const id = /^([0-9a-f-]{36})\/\d+$/.exec(String(handle))?.[1]
  if (!id)
    throw new WireError(
      400,
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    )
  return id
}
