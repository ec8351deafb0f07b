import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { Dynamo } from '../../lib/adapters/dynamo.ts'
import { startEngine } from '../../lib/local/dynamodb-engine.ts'
import { type Engine, timed } from './engine.ts'
import { type Graph, type Prefix, prefixes } from './history.ts'
import { Meter } from './meter.ts'
import { importTables, openClient } from './table.ts'
import type { Direction } from './truth.ts'

/** Calls in flight at once. */
const width = 16
/** BatchGetItem takes this many keys. */
const batch = 100
/** Nodes at which a walk ends; their ids tell, so nothing is asked about them. */
const ends: Record<Direction, readonly Prefix[]> = { forward: ['shp', 'ins'], backward: ['slt', 'eqp'] }
const letter = { forward: 'F', backward: 'B' } as const

const keyOf = (direction: Direction, node: number) => `${letter[direction]}#${node}`

/** An item for each edge and direction, as in the usual adjacency list. */
function* edgeItems({ length, from, to }: Graph) {
  for (let edge = 0; edge < length; edge += 1) {
    yield { pk: { S: keyOf('forward', from[edge]!) }, sk: { S: String(to[edge]) } }
    yield { pk: { S: keyOf('backward', to[edge]!) }, sk: { S: String(from[edge]) } }
  }
}

/** An item for each node and direction, with all its neighbours as 32-bit words. */
function* nodeItems({ length, from, to }: Graph) {
  for (const direction of ['forward', 'backward'] as const) {
    const [here, there] = direction === 'forward' ? [from, to] : [to, from]
    const neighbours = new Map<number, number[]>()
    for (let edge = 0; edge < length; edge += 1) {
      const known = neighbours.get(here[edge]!)
      if (known) known.push(there[edge]!)
      else neighbours.set(here[edge]!, [there[edge]!])
    }
    for (const [node, others] of neighbours) {
      const bytes = Buffer.from(Uint32Array.from(others).buffer)
      yield { pk: { S: keyOf(direction, node) }, nodes: { B: bytes.toString('base64') } }
    }
  }
}

type Look = (direction: Direction, nodes: readonly number[]) => Promise<Iterable<number>>

/** One Query for a node's edges, page after page. */
const byQuery =
  (client: Dynamo): Look =>
  async (direction, [node]) => {
    const found: number[] = []
    let from: Record<string, unknown> | undefined
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: 'edges',
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :node',
          ExpressionAttributeValues: { ':node': keyOf(direction, node!) },
          ExclusiveStartKey: from,
        }),
      )
      for (const { sk } of page.Items ?? []) found.push(Number(sk))
      from = page.LastEvaluatedKey
    } while (from)
    return found
  }

/** One BatchGetItem for a hundred nodes. */
const byBatch =
  (client: Dynamo): Look =>
  async (direction, nodes) => {
    const found: number[] = []
    let left: Record<string, any> | undefined = {
      packed: { Keys: nodes.map((node) => ({ pk: keyOf(direction, node) })), ConsistentRead: true },
    }
    while (left && Object.keys(left).length > 0) {
      const { Responses, UnprocessedKeys } = (await client.send(new BatchGetCommand({ RequestItems: left }))) as any
      for (const { nodes } of Responses.packed as { nodes: Uint8Array }[])
        found.push(...new Uint32Array(nodes.slice().buffer))
      left = UnprocessedKeys
    }
    return found
  }

/** Breadth-first, level by level; what one level asks travels side by side. */
async function walk({ prefix, end }: Graph, seed: number, direction: Direction, size: number, look: Look) {
  const last = new Set(ends[direction].map((name) => prefixes.indexOf(name)))
  const seen = new Uint8Array(end)
  seen[seed] = 1
  const reached = [seed]
  let rounds = 0
  for (let level = [seed]; level.length > 0; rounds += 1) {
    const asked = level.filter((node) => !last.has(prefix[node]!))
    level = []
    if (asked.length === 0) break
    let next = 0
    const work = async () => {
      while (next < asked.length) {
        const some = asked.slice(next, next + size)
        next += size
        for (const node of await look(direction, some)) {
          if (seen[node] === 1) continue
          seen[node] = 1
          level.push(node)
          reached.push(node)
        }
      }
    }
    await Promise.all(Array.from({ length: width }, work))
  }
  return { numbers: Uint32Array.from(reached), rounds }
}

/** What the two adjacency lists share: one engine process with a table for each. */
export async function adjacency(
  graph: Graph,
  folder: string,
  port: number,
  names: readonly string[],
): Promise<Engine[]> {
  const database = importTables(folder, [
    ...(names.includes('query') ? [{ name: 'edges', sortKey: true, items: edgeItems(graph) }] : []),
    ...(names.includes('adjacency') ? [{ name: 'packed', sortKey: false, items: nodeItems(graph) }] : []),
  ])
  const server = await startEngine(database, port)
  const client = await openClient(port)
  const meter = new Meter(client)
  const make = (name: 'query' | 'adjacency', says: string, size: number, look: Look): Omit<Engine, 'stop'> => {
    return {
      name,
      says,
      async trace(seed, direction) {
        meter.reset()
        let rounds = 0
        const took = await timed(async () => {
          const walked = await walk(graph, seed, direction, size, look)
          rounds = walked.rounds
          return walked.numbers
        })
        return { ...took, ...meter.reads(), rounds }
      },
    }
  }
  const engines = [
    make('query', 'one Query for each node', 1, byQuery(client)),
    make('adjacency', 'packed neighbours, BatchGetItem of 100', batch, byBatch(client)),
  ].filter(({ name }) => names.includes(name))
  // The last to be stopped stops what they share.
  let open = engines.length
  const stop = async () => {
    open -= 1
    if (open === 0) await server.stop()
  }
  return engines.map((engine) => ({ ...engine, stop }))
}
