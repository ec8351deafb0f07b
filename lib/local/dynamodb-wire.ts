import type { WireCall, WireService } from './cloud.ts'
import { inputOf } from './dynamodb-input.ts'
import { permissionsOf, type TableKey } from './dynamodb-permissions.ts'
import { readsOfFile } from './dynamodb-reads.ts'
import { type EngineAddress, type EngineAnswer, EngineConnections } from './engine-connections.ts'
import type { Json } from './intrinsics.ts'

/** What it takes to answer SDK calls, in whichever thread: the engine, its file if there is one, and the tables by name. */
export interface DynamodbAccess {
  readonly engine: EngineAddress
  readonly file: string | undefined
  readonly tables: ReadonlyMap<string, TableKey>
}

/** Answers SDK calls by the engine, which checks no policies: the permissions are those that the call needs. */
export function dynamodbWire({ engine, file, tables }: DynamodbAccess): WireService {
  const connections = new EngineConnections(engine)
  const read = file === undefined ? () => undefined : readsOfFile(file, tables)
  const put = putsTogether(connections)
  const table = (nameOrArn: string) => tables.get(nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1))
  return {
    authorize: (call) => permissionsOf(call, table),
    answer: async (call) =>
      read(call) ??
      (await put(call)) ??
      (await writtenTogether(connections, call)) ??
      connections.call(call.headers['x-amz-target']!, call.body),
  }
}

/**
 * The engine flushes the disk for each item of a BatchWriteItem, 25 times a call; of a transaction once. What cannot be
 * one transaction goes the plain way, which also says what is wrong with it.
 */
async function writtenTogether(connections: EngineConnections, call: WireCall) {
  if (call.operation !== 'BatchWriteItem') return undefined
  const { RequestItems, ...others } = inputOf(call)
  if (!RequestItems || Object.keys(others).length > 0) return undefined
  const TransactItems = Object.entries<Json[]>(RequestItems).flatMap(([TableName, requests]) =>
    requests.map(({ PutRequest, DeleteRequest }) =>
      PutRequest ? { Put: { TableName, ...PutRequest } } : { Delete: { TableName, ...DeleteRequest } },
    ),
  )
  const answer = await connections.call('DynamoDB_20120810.TransactWriteItems', JSON.stringify({ TransactItems }))
  return answer.status === 200 ? { ...answer, body: '{"UnprocessedItems":{}}' } : undefined
}

/** Members of a PutItem that mean the same in a transaction. */
const ofPuts: ReadonlySet<string> = new Set([
  'ConditionExpression',
  'ExpressionAttributeNames',
  'ExpressionAttributeValues',
  'Item',
  'TableName',
])
const mostTogether = 50

/**
 * Puts that come while another is on its way go as one transaction, as the engine flushes the disk for each call: the
 * states of all devices of a batch. Where one of them fails, each goes by itself and gets its own answer.
 */
function putsTogether(connections: EngineConnections) {
  const alone = (body: Buffer) => connections.call('DynamoDB_20120810.PutItem', body)
  let waiting: { readonly body: Buffer; answer(given: Promise<EngineAnswer>): void }[] = []
  let isBusy = false
  const send = async (bodies: readonly Buffer[]): Promise<readonly Promise<EngineAnswer>[]> => {
    if (bodies.length > 1) {
      const items = bodies.map((body) => `{"Put":${body}}`)
      const all = await connections.call('DynamoDB_20120810.TransactWriteItems', `{"TransactItems":[${items}]}`)
      if (all.status === 200) return bodies.map(async () => ({ ...all, body: Buffer.from('{}') }))
    }
    return bodies.map(alone)
  }
  const drain = async () => {
    isBusy = true
    while (waiting.length > 0) {
      const some = waiting.slice(0, mostTogether)
      waiting = waiting.slice(mostTogether)
      const sent = send(some.map(({ body }) => body))
      for (const [index, { answer }] of some.entries()) answer(sent.then((answers) => answers[index]!))
      await sent.then((answers) => Promise.allSettled(answers)).catch(() => {})
    }
    isBusy = false
  }
  return (call: WireCall): Promise<EngineAnswer> | undefined => {
    if (call.operation !== 'PutItem' || !Object.keys(inputOf(call)).every((name) => ofPuts.has(name))) return undefined
    return new Promise((answer) => {
      waiting.push({ body: call.body, answer })
      if (!isBusy) void drain()
    })
  }
}
