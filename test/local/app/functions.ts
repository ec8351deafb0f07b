// Functions of the fixture app; each export is bundled as the code of one function.
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'

const table = process.env.TABLE
const database = new DynamoDBClient({})

const named = (name: string, message: string) => Object.assign(new Error(message), { name })

async function count(pk: string): Promise<number> {
  const { Attributes } = await database.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { pk: { S: pk } },
      UpdateExpression: 'ADD n :one',
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'UPDATED_NEW',
    }),
  )
  return Number(Attributes?.n?.N)
}

export const double = async ({ n }: { n: number }) => ({ n: n * 2, name: process.env.AWS_LAMBDA_FUNCTION_NAME })

export const environment = async () => ({
  table: process.env.TABLE,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  region: process.env.AWS_REGION,
})

export const boom = async ({ message }: { message: string }) => {
  console.log('about to fail')
  throw named('lot-unknown', message)
}

export const spin = async ({ rest = false }: { rest?: boolean }) => {
  if (rest) return
  for (;;);
}

let asleep = 0

/** Tells when it slept and how many slept in this instance at the same time. */
export const sleep = async ({ ms }: { ms: number }) => {
  const from = Date.now()
  const inThisInstance = ++asleep
  await new Promise((resolve) => setTimeout(resolve, ms))
  asleep--
  return { from, to: Date.now(), inThisInstance }
}

export const put = async ({ pk }: { pk: string }) => {
  await database.send(new PutItemCommand({ TableName: table, Item: { pk: { S: pk } } }))
  return { pk }
}

export const transact = async ({ pk }: { pk: string }) => {
  const Item = { pk: { S: pk }, n: { N: '1' } }
  await database.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        { Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' } },
        {
          ConditionCheck: {
            TableName: table,
            Key: { pk: { S: 'epoch' } },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
      ],
    }),
  )
  const { Item: read } = await database.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: pk } }, ConsistentRead: true }),
  )
  return read?.n?.N
}

/** Reads what its role does not allow, and says what it was told. */
export const trespass = async ({ pk, query }: { pk: string; query?: boolean }) => {
  const command = query
    ? new QueryCommand({
        TableName: table,
        KeyConditionExpression: '#p = :p',
        ExpressionAttributeNames: { '#p': 'pk' },
        ExpressionAttributeValues: { ':p': { S: pk } },
      })
    : new GetItemCommand({ TableName: table, Key: { pk: { S: pk } } })
  try {
    await database.send(command as GetItemCommand)
    return { allowed: true }
  } catch (error) {
    return { allowed: false, name: (error as Error).name, message: (error as Error).message }
  }
}

/** Stream batch to events. */
export const relay = async ({
  Records,
}: {
  Records: { eventName: string; dynamodb: { Keys: { pk: { S: string } }; SequenceNumber: string } }[]
}) => {
  const keys = Records.map((record) => record.dynamodb.Keys.pk.S)
  if (keys.includes('FACT#poison')) throw named('Poison', 'cannot relay this')
  const Entries = keys.map((pk) => ({
    EventBusName: process.env.BUS,
    Source: 'test.facts',
    DetailType: 'FactWritten',
    Detail: JSON.stringify({ pk }),
  }))
  await new EventBridgeClient({}).send(new PutEventsCommand({ Entries }))
}

/** Queue batch to counters, one per message; poison fails alone. */
export const collect = async ({ Records }: { Records: { messageId: string; body: string }[] }) => {
  const batchItemFailures: { itemIdentifier: string }[] = []
  for (const { messageId, body } of Records) {
    const detail = JSON.parse(body)
    if (detail.pk === 'FACT#refused') batchItemFailures.push({ itemIdentifier: messageId })
    else await count(`SEEN#${detail.pk}`)
  }
  return { batchItemFailures }
}

/** Fails until it was called `times` times. */
export const flaky = async ({ key, times }: { key: string; times: number }) => {
  const n = await count(`TRY#${key}`)
  if (n < times) throw named('NotYet', `call ${n}`)
  return n
}

export const outward = async ({ to, queue, machine }: { to: string; queue: string; machine: string }) => {
  const mail = await new SESv2Client({}).send(
    new SendEmailCommand({
      FromEmailAddress: 'recall@example.com',
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: { Data: 'Urgent: recall <1>' }, Body: { Text: { Data: 'Stop using the lot.' } } } },
    }),
  )
  const sms = await new SNSClient({}).send(new PublishCommand({ PhoneNumber: '+4912345', Message: 'Stop & call' }))
  const sent = await new SQSClient({}).send(
    new SendMessageCommand({ QueueUrl: queue, MessageBody: JSON.stringify({ pk: `MAIL#${to}` }) }),
  )
  const name = `drill-${to}`.replace(/\W/g, '-')
  const start = () =>
    new SFNClient({}).send(new StartExecutionCommand({ stateMachineArn: machine, name, input: '{"ms":300}' }))
  const [first, second] = [await start(), await start()]
  return {
    mail: mail.MessageId,
    sms: sms.MessageId,
    message: sent.MessageId,
    execution: first.executionArn,
    same: first.executionArn === second.executionArn,
  }
}
