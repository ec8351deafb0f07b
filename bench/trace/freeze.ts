import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Location } from '../../lib/domain/location.ts'
import { keys } from '../../lib/kit/keys.ts'
import type { Engine } from '../../lib/local/dynamodb-engine.ts'
import { EngineConnections } from '../../lib/local/engine-connections.ts'
import { idOf } from './deltas.ts'
import { type Graph, prefixes } from './history.ts'
import type { Moves, Shift } from './mover.ts'
import { type Segments, tableName } from './segments.ts'

/** What it took to freeze all lots that the hub touches, while people moved some of them. */
export interface Freeze {
  readonly lots: number
  readonly writeUnits: number
  /** Times the epoch was raised. */
  readonly flips: number
  /** Moves that the table's stream shows after the raise. */
  readonly slipped: number
  readonly ms: number
  /** Moves before the raise and refusals after it: a race in which nobody runs proves nothing. */
  readonly moved: number
  readonly refused: number
}

/** 32 people in four processes, each with some lots. */
const [offices, people, lotsEach] = [4, 8, 4]
/** People move lots for so long before the freeze and after it, in milliseconds. */
const moment = 1500

/** Freezes the lots among these nodes by the product's freezer, under racing movers. */
export async function freeze(
  graph: Graph,
  reached: Uint32Array,
  { server, environment, perform }: Segments,
): Promise<Freeze> {
  const lots = reached.filter((number) => prefixes[graph.prefix[number]!] === 'lot')
  const stream = await openStream(server)
  const movers = await hire(graph, lots, environment)
  await pause(moment)
  const { writeUnits, wallMs } = await perform({
    do: 'freeze',
    recallId: 'rec_01HKXB4N00Q7Z3V8M5T2K90001',
    numbers: lots,
  })
  await pause(moment)
  const moves = await Promise.all(movers.map(dismiss))
  const seen = await readStream(server, stream)
  const isMove = ({ pk, sk }: Key) => pk.startsWith(keys.lot('')) && sk.startsWith(keys.factPrefix)
  const [moved, refused] = (['moved', 'refused'] as const).map((what) => moves.reduce((sum, one) => sum + one[what], 0))
  if (seen.filter(isMove).length !== moved) throw new Error(`${moved} moves were accepted; the stream shows others`)
  const raises = seen.flatMap(({ pk }, place) => (pk === keys.epoch(0) ? [place] : []))
  return {
    lots: lots.length,
    writeUnits,
    flips: raises.length,
    slipped: seen.slice(raises.at(-1)).filter(isMove).length,
    ms: Math.round(wallMs),
    moved: moved!,
    refused: refused!,
  }
}

/** Starts the movers; the lots of each are far from those of the others. */
async function hire(graph: Graph, lots: Uint32Array, environment: NodeJS.ProcessEnv): Promise<ChildProcess[]> {
  const step = Math.max(1, Math.floor(lots.length / (offices * people * lotsEach)))
  const taken = Array.from(
    lots.filter((_, place) => place % step === 0),
    (number) => idOf(graph, number),
  )
  return Promise.all(
    Array.from({ length: offices }, async (_, office) => {
      const child = fork(fileURLToPath(new URL('mover.ts', import.meta.url)), {
        env: { ...process.env, ...environment },
      })
      const mine = Array.from({ length: people }, (_, person) =>
        taken.slice((office * people + person) * lotsEach).slice(0, lotsEach),
      )
      const shift: Shift = {
        racks: [Location.sample(1), Location.sample(2)],
        lots: mine.filter(({ length }) => length > 0),
      }
      child.send(shift)
      await once(child, 'message')
      return child
    }),
  )
}

async function dismiss(child: ChildProcess): Promise<Moves> {
  const told = once(child, 'message')
  child.send('enough')
  const [moves] = await told
  return moves as Moves
}

type Json = any

/** Key of an item that was written. */
interface Key {
  readonly pk: string
  readonly sk: string
}

async function ask(server: Engine, target: string, input: object): Promise<Json> {
  const { status, body } = await new EngineConnections(server).call(target, JSON.stringify(input))
  if (status !== 200) throw new Error(`${target}: ${body.toString()}`)
  return JSON.parse(body.toString())
}

/** Makes the table tell what is written from now on, in order. */
async function openStream(server: Engine): Promise<string> {
  const { TableDescription } = await ask(server, 'DynamoDB_20120810.UpdateTable', {
    TableName: tableName,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  })
  return TableDescription.LatestStreamArn
}

/** Keys of all that was written since, in the order in which it took effect. */
async function readStream(server: Engine, StreamArn: string): Promise<Key[]> {
  const { StreamDescription } = await ask(server, 'DynamoDBStreams_20120810.DescribeStream', { StreamArn })
  const seen: Key[] = []
  for (const { ShardId } of StreamDescription.Shards) {
    const from = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }
    let { ShardIterator } = await ask(server, 'DynamoDBStreams_20120810.GetShardIterator', from)
    for (let more = true; more && ShardIterator; ) {
      const page = await ask(server, 'DynamoDBStreams_20120810.GetRecords', { ShardIterator, Limit: 1000 })
      for (const { dynamodb } of page.Records) seen.push({ pk: dynamodb.Keys.pk.S, sk: dynamodb.Keys.sk.S })
      ShardIterator = page.NextShardIterator
      more = page.Records.length > 0
    }
  }
  return seen
}
