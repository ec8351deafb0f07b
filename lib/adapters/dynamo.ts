import { randomUUID } from 'node:crypto'
import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { fromWire, toWire } from './attribute-values.ts'
import { AwsError, call } from './aws-call.ts'

const service = { name: 'dynamodb', target: 'DynamoDB_20120810', version: '1.0' } as const

/** What the SDK's document client does with a document command. */
export type Dynamo = Pick<DynamoDBDocumentClient, 'send'>

/** Of a document command only this matters here: what is asked, and the schema of the call it stands for. */
interface Asked {
  readonly input: object
  readonly clientCommand: { readonly schema: readonly [kind: number, namespace: string, operation: string] }
}

/** The call a document command stands for, e.g. `GetItem`. */
export const operationOf = (command: unknown) => (command as Asked).clientCommand.schema[2]

/** Takes the SDK's document commands, on a shorter way than its own client's. */
export const dynamo: Dynamo = {
  async send(command: unknown) {
    const operation = operationOf(command)
    const input = toWire({ ...onceOnly(operation), ...(command as Asked).input })
    try {
      return fromWire(await call(service, operation, input)) as any
    } catch (error) {
      throw asSdkError(error)
    }
  },
}

/** So that a transaction whose answer got lost is not made again. */
const onceOnly = (operation: string) =>
  operation === 'TransactWriteItems' ? { ClientRequestToken: randomUUID() } : undefined

const classes = { ConditionalCheckFailedException, TransactionCanceledException, TransactionConflictException }

function asSdkError(error: unknown): unknown {
  if (!(error instanceof AwsError) || !Object.hasOwn(classes, error.name)) return error
  const { name, message, status: httpStatusCode, details } = error
  return new classes[name as keyof typeof classes]({ message, $metadata: { httpStatusCode }, ...details })
}

/** Name of the one table. */
export const tableName = () => {
  const name = process.env.TABLE_NAME
  if (!name) throw new Error('TABLE_NAME is not set. Deploy the function with the data stack.')
  return name
}

/** Runs at most `width` of these at a time, so that a long list does not open a socket each. */
export async function eachOf<T>(items: Iterable<T>, width: number, work: (item: T) => Promise<unknown>): Promise<void> {
  // One iterator for all: each takes what is next.
  const left = items[Symbol.iterator]() as IterableIterator<T>
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of left) await work(item)
    }),
  )
}
