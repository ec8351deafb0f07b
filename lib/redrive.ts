import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { Quarantined } from './kit/ports.ts'

/** A queue by its name, and where its messages were put aside. */
export interface Queues {
  readonly waiting: string
  readonly dead: string
}

const client = () => new SQSClient({ useQueueUrlAsEndpoint: false })

const urlOf = async (sqs: SQSClient, QueueName: string) =>
  (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl!

/** What SQS itself put aside has no cause: the message stands there as it came. Lambda says which error came last. */
function asideOf({ Body = '' }: Message): Quarantined {
  const none = {
    code: 'fault',
    en: 'It failed too often; the log of the function says why.',
    zh: '多次失败；原因见函数日志。',
  }
  try {
    const found = JSON.parse(Body)
    if (typeof found?.payload === 'string' && found.cause) return found
    if (found?.requestPayload) return asideByLambda(found)
  } catch {
    // No JSON: it can only be what a device sent.
  }
  return { payload: Body, cause: { ...none, details: {} }, by: 'sqs', at: '' }
}

/** What an asynchronous invocation left when its last attempt failed. */
function asideByLambda({ requestPayload, requestContext, responsePayload, timestamp }: any): Quarantined {
  const { errorType: code = 'fault', errorMessage: en = 'The function failed.' } = responsePayload ?? {}
  return {
    payload: JSON.stringify(requestPayload),
    cause: { code, en, zh: '函数多次失败；原因见函数日志。', details: {} },
    by: String(requestContext?.functionArn).split(':')[6] ?? 'lambda',
    at: timestamp,
  }
}

/** Takes messages for a minute each, so that none comes twice, until there are no more. */
async function* takeAll(sqs: SQSClient, QueueUrl: string): AsyncGenerator<Message> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 60, WaitTimeSeconds: 1 }),
    )
    if (Messages.length === 0) return
    yield* Messages
  }
}

/** The messages that were put aside, each with its cause; they stay where they are. */
export async function listAside(dead: string): Promise<Quarantined[]> {
  const sqs = client()
  const QueueUrl = await urlOf(sqs, dead)
  const taken: Message[] = []
  for await (const message of takeAll(sqs, QueueUrl)) taken.push(message)
  for (const { ReceiptHandle } of taken)
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }))
  return taken.map(asideOf)
}

/** Sends the messages again that were put aside, those with this cause or all; gives their number. */
export async function redrive({ waiting, dead }: Queues, cause?: string): Promise<number> {
  const sqs = client()
  const QueueUrl = await urlOf(sqs, waiting)
  return again(dead, cause, async ({ payload: MessageBody }) => {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))
    return true
  })
}

/**
 * Puts facts that a reaction could not handle on the bus again; gives their number. Every reaction gets them, and those
 * that handled them before know them by their hash. What is no fact (a run by the clock) stays.
 */
export async function redriveFacts({ dead, bus }: { dead: string; bus: string }, cause?: string): Promise<number> {
  const events = new EventBridgeClient({})
  return again(dead, cause, async ({ payload }) => {
    const { source, 'detail-type': DetailType, detail } = JSON.parse(payload)
    if (!detail?.hash) return false
    const entry = { EventBusName: bus, Source: source, DetailType, Detail: JSON.stringify(detail) }
    const { FailedEntryCount = 0 } = await events.send(new PutEventsCommand({ Entries: [entry] }))
    return FailedEntryCount === 0
  })
}

async function again(dead: string, cause: string | undefined, send: (aside: Quarantined) => Promise<boolean>) {
  const sqs = client()
  const QueueUrl = await urlOf(sqs, dead)
  let count = 0
  for await (const message of takeAll(sqs, QueueUrl)) {
    const aside = asideOf(message)
    if (cause !== undefined && aside.cause.code !== cause) continue
    // Sent before it is deleted: a crash in between sends it twice, which changes nothing.
    if (!(await send(aside))) continue
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
    count += 1
  }
  return count
}
