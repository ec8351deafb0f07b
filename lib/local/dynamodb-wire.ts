import type { WireCall, WireService } from './cloud.ts'
import { permissionsOf, type TableKey } from './dynamodb-permissions.ts'
import { type EngineAddress, EngineConnections } from './engine-connections.ts'
import type { Json } from './intrinsics.ts'

/** What it takes to answer SDK calls, in whichever thread: the engine, and the tables by name. */
export interface DynamodbAccess {
  readonly engine: EngineAddress
  readonly tables: ReadonlyMap<string, TableKey>
}

/** Answers SDK calls by the engine, which checks no policies: the permissions are those that the call needs. */
export function dynamodbWire({ engine, tables }: DynamodbAccess): WireService {
  const connections = new EngineConnections(engine)
  const table = (nameOrArn: string) => tables.get(nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1))
  return {
    authorize: (call) => permissionsOf(call, table),
    answer: async (call) =>
      (await writtenTogether(connections, call)) ?? connections.call(call.headers['x-amz-target']!, call.body),
  }
}

/**
 * The engine flushes the disk for each item of a BatchWriteItem, 25 times a call; of a transaction once. What cannot be
 * one transaction goes the plain way, which also says what is wrong with it.
 */
async function writtenTogether(connections: EngineConnections, { operation, body }: WireCall) {
  if (operation !== 'BatchWriteItem') return undefined
  const { RequestItems, ...others }: Json = JSON.parse(body.toString())
  if (!RequestItems || Object.keys(others).length > 0) return undefined
  const TransactItems = Object.entries<Json[]>(RequestItems).flatMap(([TableName, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }) =>
      PutRequest ? { Put: { TableName, ...PutRequest } } : { Delete: { TableName, ...DeleteRequest } },
    ),
  )
  const answer = await connections.call('DynamoDB_20120810.TransactWriteItems', JSON.stringify({ TransactItems }))
  return answer.status === 200 ? { ...answer, body: '{"UnprocessedItems":{}}' } : undefined
}
