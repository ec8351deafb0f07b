import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import {
  BatchWriteCommand,
  DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandOutput,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb'
import { stateItem } from '../../lib/adapters/items.ts'
import { Lot } from '../../lib/domain/lot.ts'
import type { Entity } from '../../lib/kit/entity.ts'
import { keys, tailShards } from '../../lib/kit/keys.ts'
import { Door } from '../../test/cloud/door.ts'
import { People } from '../../test/cloud/people.ts'
import { freePort, startRunning } from '../../test/cloud/running.ts'
import { synthesized } from '../../test/cloud/synthesis.ts'
import { tokenSigner } from '../../test/cloud/tokens.ts'
import { idOf } from '../trace/deltas.ts'
import { makeUp, type Past } from '../trace/factory.ts'
import { freeze } from '../trace/freeze.ts'
import { firstNumber } from '../trace/history.ts'
import { type Segments, segments, tableName } from '../trace/segments.ts'
import { environmentOf } from '../trace/table.ts'
import { truth } from '../trace/truth.ts'

/** From suspicion to frozen in a genealogy of a million edges. */
export interface Frozen {
  /** From the command that opens the recall to the flip, by the case's own times; every function is cold. */
  readonly secondsToFrozen1M: number
  /** Nodes that suspicion reaches, and those found by reaching again after the flip. */
  readonly frozen: { readonly traced: number; readonly late: number }
  /** Moves of frozen lots after the flip, while 32 people go on moving them. */
  readonly slipped: number
  readonly moved: number
  readonly refused: number
}

const edgesUnsealed = 1000

/** Opens a drill on a local cloud that holds the past of a factory, and freezes the same under racing movers. */
export async function frozen({ edges = 1_000_000, from = 25_500 } = {}): Promise<Frozen> {
  const folder = mkdtempSync(join(tmpdir(), 'lotline-frozen-'))
  const port = await freePort(from)
  const past = makeUp({ edges, late: 0.01, seed: 1 })
  const engine = await segments(past.graph, edgesUnsealed, folder, port)
  try {
    const stored = await storedPast(engine)
    const timed = await openDrill(past, stored, await freePort(port + 10))
    const raced = await freeze(past.graph, truth(past.graph, past.hub, 'forward'), engine)
    const { slipped, moved, refused } = raced
    return { ...timed, slipped, moved, refused }
  } finally {
    await engine.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export type Items = Record<string, unknown>[]

/** What a function reads of the past: segments, manifest, counters, and the tail that is not sealed. */
export async function storedPast({ environment }: Segments): Promise<Items> {
  const source = clientOf(String(environment.AWS_ENDPOINT_URL_DYNAMODB))
  const items: Items = []
  let from: Record<string, unknown> | undefined
  do {
    const page = await source.send(
      new ScanCommand({
        TableName: tableName,
        FilterExpression: 'NOT begins_with(pk, :tails)',
        ExpressionAttributeValues: { ':tails': 'GENEALOGY#TAIL#' },
        ExclusiveStartKey: from,
      }),
    )
    items.push(...(page.Items ?? []))
    from = page.LastEvaluatedKey
  } while (from)
  const tail = Number(items.find(({ pk }) => pk === keys.epoch(0))?.tail ?? 0)
  for (let shard = 0; shard < tailShards; shard += 1)
    for (let more: Record<string, unknown> | undefined | true = true; more; ) {
      const page: QueryCommandOutput = await source.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': keys.tail(tail, shard) },
          ...(more === true ? {} : { ExclusiveStartKey: more }),
        }),
      )
      items.push(...(page.Items ?? []))
      more = page.LastEvaluatedKey
    }
  return items
}

export function clientOf(endpoint: string) {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = environmentOf(0)
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
  return DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: AWS_REGION, credentials }))
}

/** Seconds from the opening of a drill of the hub to its flip, and what that froze. */
async function openDrill({ graph, hub }: Past, stored: Items, port: number) {
  const app = await synthesized()
  const cloud = await startRunning({ port, ...app })
  const door = new Door(port)
  try {
    const client = clientOf(`http://127.0.0.1:${port + 1}`)
    const { TableNames = [] } = await client.send(new ListTablesCommand({}))
    const hubId = idOf(graph, hub)
    const lot = stateOf(Lot, hubId, Lot.like({ number: 'HUB' }))
    await writeAll(client, TableNames[0]!, [...pastOf(graph, stored), lot])
    const people = await People.hire(door, await tokenSigner(port, app.data))
    const recallId = await people.make('quality', '/recalls', {
      ...{ title: 'Hub', reason: 'How long does it take?', drill: true, seeds: { lotIds: [hubId] } },
    })
    const { openedAt, frozenAt, frozen } = await frozenCase(people, recallId)
    return { secondsToFrozen1M: (Date.parse(frozenAt) - Date.parse(openedAt)) / 1000, frozen }
  } finally {
    door.close()
    await cloud.kill()
    rmSync(app.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

export async function writeAll(client: DynamoDBDocumentClient, table: string, items: Items): Promise<void> {
  for (let at = 0; at < items.length; at += 25) {
    const batch = items.slice(at, at + 25).map((Item) => ({ PutRequest: { Item } }))
    await client.send(new BatchWriteCommand({ RequestItems: { [table]: batch } }))
  }
}

/** The past as a local cloud holds it, whose next numbers come after all of it. */
export const pastOf = (graph: Past['graph'], stored: Items): Items => [
  ...stored.filter(({ pk }) => pk !== keys.numbers),
  { pk: keys.numbers, sk: keys.state, leased: graph.end - firstNumber },
]

/** An entity as it stands after its first fact. */
export const stateOf = (entity: Entity, id: string, data: Record<string, unknown>) =>
  stateItem({ entity, next: { id, version: 1, head: '', facts: 0, data } })

async function frozenCase(people: People, recallId: string): Promise<any> {
  for (let left = 600; left > 0; left -= 1) {
    const { text } = await people.ask('quality', { method: 'GET', path: `/recalls/${recallId}` })
    const { recall } = JSON.parse(text)
    if (recall.failure) throw new Error(recall.failure)
    if (recall.frozenAt) return recall
    await pause(100)
  }
  throw new Error(`recall ${recallId} was not frozen in a minute`)
}
