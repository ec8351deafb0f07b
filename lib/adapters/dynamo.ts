import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { Sha256 } from './sha256.ts'

/** The SDK's own looks at every character first; what the table sends is base64. */
function base64Decoder(text: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(text, 'base64')
  return new Uint8Array(buffer, byteOffset, length)
}

const client = new DynamoDBClient({ sha256: Sha256, base64Decoder })
// It copies every input and output for a log that nobody keeps: a tenth of the CPU of a call.
client.middlewareStack.remove('loggerMiddleware')
// It writes out SDK, runtime and settings with every call, for statistics only: another twelfth.
client.middlewareStack.remove('getUserAgentMiddleware')

/** The document client of this function; one connection pool for all adapters. */
export const dynamo = DynamoDBDocumentClient.from(client, {
  marshallOptions: { removeUndefinedValues: true },
})

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
