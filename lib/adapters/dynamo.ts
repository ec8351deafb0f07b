import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

const client = new DynamoDBClient({})
// It copies every input and output for a log that nobody keeps: a tenth of the CPU of a call.
client.middlewareStack.remove('loggerMiddleware')

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
export async function eachOf<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = items.values()
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of left) await work(item)
    }),
  )
}
