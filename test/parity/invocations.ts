import { DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Reaction, Task } from '../../lib/kit/command.ts'
import { invokeFunction } from '../../lib/local/lambda.ts'

/** How an example ended: its refusal, or undefined. */
type Ending = string | undefined

async function endingOf(invocation: Promise<unknown>): Promise<Ending> {
  try {
    await invocation
    return undefined
  } catch (error) {
    return (error as Error).name
  }
}

/** Runs a task or reaction with the event that its state machine, rule, stream or queue would hand it. */
export async function invoke(name: string, spec: Task | Reaction, when: any, id: string): Promise<Ending> {
  const functionName = `lotline-${name.replace('/', '-')}`
  if (spec.kind === 'task') {
    const { otherwise } = spec
    const said = invokeFunction(functionName, when)
    const ending = await endingOf(said)
    return ending ?? (otherwise && JSON.stringify(await said) === JSON.stringify(otherwise) ? 'otherwise' : undefined)
  }
  if (spec.on === 'facts') {
    const Records = when.facts.map((fact: unknown) => ({
      eventName: 'INSERT',
      dynamodb: { NewImage: { fact: { S: JSON.stringify(fact) } } },
    }))
    return endingOf(invokeFunction(functionName, { Records }))
  }
  if ('gathered' in spec.on) {
    const Records = when.facts.map((detail: unknown, n: number) => ({
      ...{ messageId: `${id}-${n}`, body: JSON.stringify({ detail }) },
    }))
    const { batchItemFailures } = (await invokeFunction(functionName, { Records })) as any
    return batchItemFailures.length > 0 ? 'failed' : undefined
  }
  if (!('queue' in spec.on)) return endingOf(invokeFunction(functionName, { detail: { hash: id, data: when } }))
  const bodies: unknown[] = spec.on.together ? when.messages : [when]
  // What may wait for another message is put aside at its last attempt only.
  const attributes = spec.waitsOn ? { ApproximateReceiveCount: '5' } : {}
  const Records = bodies.map((body, index) => ({
    ...{ messageId: `${id}-${index}`, body: JSON.stringify(body), attributes },
  }))
  const { batchItemFailures } = (await invokeFunction(functionName, { Records })) as any
  return batchItemFailures.length > 0 ? 'failed' : causeOf(name, `${spec.on.queue}-dead`, Records[0]!.body)
}

/** Why this function put the message aside, if it did: the code of the cause in the dead-letter queue. */
async function causeOf(name: string, queue: string, body: string): Promise<Ending> {
  const sqs = new SQSClient({ useQueueUrlAsEndpoint: false })
  const QueueUrl = `http://sqs/lotline-${queue}`
  // A queue may hand out late what it has; only where it has nothing there is nothing to wait for.
  while ((await depthOf(sqs, QueueUrl)) > 0) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    )
    for (const { Body, ReceiptHandle } of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      const { by, payload, cause } = JSON.parse(Body!)
      if (by === name && payload === body) return cause.code
    }
  }
  return undefined
}

/** How many messages a queue has, also those that it does not hand out now. */
async function depthOf(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
}
