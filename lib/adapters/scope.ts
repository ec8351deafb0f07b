import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, type BatchWriteCommandOutput, PutCommand } from '@aws-sdk/lib-dynamodb'
import { keys, shardOf } from '#kit/keys'
import type { AffectedNode, AffectedParty, Ports, ScopeChange } from '#kit/ports'
import { dynamo, eachOf, tableName } from './dynamo.ts'
import type { Item } from './items.ts'
import { partition } from './table.ts'

/** BatchWriteItem takes this many items. */
const batchLimit = 25
/** Calls in flight at once. */
const width = 16
/** Nodes, and lots of a party, in one item: at some 20 bytes each when compressed, far from the 400 KB an item may have. */
const anItem = 1000

/** A pass that counts: what it is called in the keys of what it wrote, and what is said of it. */
interface Counted {
  readonly token: string
  readonly says: unknown
}

/** An item of a pass: some nodes, or some parties with lots. */
type Piece =
  | { readonly nodes: readonly AffectedNode[]; readonly left: readonly string[] }
  | { readonly parties: readonly AffectedParty[] }

const padded = (number: number) => String(number).padStart(6, '0')
const keyOf = (kind: 'NODE' | 'PARTY', pass: number, token: string, rest: string) =>
  `${kind}#${padded(pass)}#${token}#${rest}`

const accountKey = 'ACCOUNT'

const packed = (piece: unknown): Uint8Array =>
  brotliCompressSync(JSON.stringify(piece), { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })
const unpacked = (bytes: Uint8Array): any => JSON.parse(brotliDecompressSync(bytes).toString())

const inParts = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / anItem) }, (_, part) => all.slice(part * anItem, (part + 1) * anItem))

/** What a pass writes, one item after another. */
function* itemsOf(
  recallId: string,
  shards: number,
  pass: number,
  token: string,
  { nodes, left, parties }: ScopeChange,
): Generator<Item> {
  const item = (shard: number, sk: string, piece: Piece): Item => ({
    pk: keys.scope(recallId, shard),
    sk,
    piece: packed(piece),
  })
  const entered = Map.groupBy(nodes, ({ id }) => shardOf(id, shards))
  const gone = Map.groupBy(left, (id) => shardOf(id, shards))
  for (const [shard, some] of entered)
    for (const [part, few] of inParts(some).entries())
      yield item(shard, keyOf('NODE', pass, token, padded(part)), { nodes: few, left: [] })
  for (const [shard, some] of gone) yield item(shard, keyOf('NODE', pass, token, 'left'), { nodes: [], left: some })
  const told = Map.groupBy(parties, ({ partnerId }) => shardOf(partnerId, shards))
  for (const [shard, some] of told) {
    let part = 0
    for (const few of together(some)) yield item(shard, keyOf('PARTY', pass, token, padded(part++)), { parties: few })
  }
}

/** Parties for one item after another, by how many lots fit one; a party with more than that is in several. */
function* together(parties: readonly AffectedParty[]): Generator<AffectedParty[]> {
  let few: AffectedParty[] = []
  let size = 0
  for (const party of parties)
    for (const lots of party.lots.length > 0 ? inParts(party.lots) : [[]]) {
      if (size + lots.length > anItem || few.length === anItem) {
        yield few
        few = []
        size = 0
      }
      few.push({ ...party, lots })
      size += lots.length
    }
  if (few.length > 0) yield few
}

/** Batches of a list that is made while it is read. */
function* batchesOf(items: Iterable<Item>): Generator<Item[]> {
  let batch: Item[] = []
  for (const item of items)
    if (batch.push(item) === batchLimit) {
      yield batch
      batch = []
    }
  if (batch.length > 0) yield batch
}

/** What DynamoDB could not take at once is sent again. */
async function put(items: readonly Item[]): Promise<void> {
  let left: BatchWriteCommandOutput['UnprocessedItems'] = {
    [tableName()]: items.map((Item) => ({ PutRequest: { Item } })),
  }
  while (left && Object.keys(left).length > 0) {
    const answer: BatchWriteCommandOutput = await dynamo.send(new BatchWriteCommand({ RequestItems: left }))
    left = answer.UnprocessedItems
  }
}

/** The passes that count, in order. */
async function passesOf(recallId: string): Promise<Counted[]> {
  const items = await partition(keys.passes(recallId))
  return items.map(({ token, says }) => ({ token, says }) as Counted)
}

/** Lets a pass count, unless another one of the same number does; the one that counts. */
async function count(recallId: string, pass: number, counted: Counted): Promise<Counted> {
  const Item = { pk: keys.passes(recallId), sk: padded(pass), ...counted }
  try {
    await dynamo.send(new PutCommand({ TableName: tableName(), Item, ConditionExpression: 'attribute_not_exists(pk)' }))
    return counted
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return (await passesOf(recallId))[pass - 1]!
  }
}

/** Pieces of one partition in the order of the passes that count; what others left there is skipped. */
async function piecesOf<T extends Piece>(recallId: string, shard: number, kind: 'NODE' | 'PARTY', only?: number) {
  const [passes, items] = await Promise.all([
    passesOf(recallId),
    partition(keys.scope(recallId, shard), only === undefined ? `${kind}#` : `${kind}#${padded(only)}#`),
  ])
  return items.flatMap(({ sk, piece }) => {
    const [, pass, token] = sk.split('#')
    return passes[Number(pass) - 1]?.token === token
      ? [{ pass: Number(pass), ...(unpacked(piece as Uint8Array) as T) }]
      : []
  })
}

type NodePiece = Extract<Piece, { nodes: unknown }>
type PartyPiece = Extract<Piece, { parties: unknown }>

/** Parties from their pieces; the last pass that says something of one says it all. */
function joined(pieces: readonly (PartyPiece & { readonly pass: number })[]): AffectedParty[] {
  const all = pieces.flatMap(({ pass, parties }) => parties.map((party) => ({ pass, party })))
  return [...Map.groupBy(all, ({ party }) => party.partnerId).values()].map((some) => {
    const last = some.filter(({ pass }) => pass === some.at(-1)!.pass)
    return { ...last[0]!.party, lots: last.flatMap(({ party }) => party.lots) }
  })
}

/** Reads all partitions, some at once. */
async function all<T>(shards: number, read: (shard: number) => Promise<T[]>): Promise<T[]> {
  const found: T[][] = []
  await eachOf(
    Array.from({ length: shards }, (_, shard) => shard),
    width,
    async (shard) => {
      found[shard] = await read(shard)
    },
  )
  return found.flat()
}

/** A recall's scope in as many partitions as the recall says, so that no list must fit one message. */
export const scope: Ports['scope'] = {
  async pass<T>(recallId: string, pass: number) {
    return (await passesOf(recallId))[pass - 1]?.says as T | undefined
  },
  async write<T>(recallId: string, shards: number, pass: number, change: ScopeChange, says: T) {
    const token = crypto.randomUUID()
    await eachOf(batchesOf(itemsOf(recallId, shards, pass, token, change)), width, put)
    return (await count(recallId, pass, { token, says })).says as T
  },
  nodes: (recallId, shards) => all(shards, (shard) => scope.nodesOf(recallId, shard)),
  async nodesOf(recallId, shard) {
    const nodes = new Map<string, AffectedNode>()
    for (const piece of await piecesOf<NodePiece>(recallId, shard, 'NODE')) {
      for (const node of piece.nodes) nodes.set(node.id, node)
      for (const id of piece.left) nodes.delete(id)
    }
    return [...nodes.values()]
  },
  async changesOf(recallId, shard, pass) {
    const [pieces, parties] = await Promise.all([
      piecesOf<NodePiece>(recallId, shard, 'NODE', pass),
      piecesOf<PartyPiece>(recallId, shard, 'PARTY', pass),
    ])
    return {
      nodes: pieces.flatMap(({ nodes }) => nodes),
      left: pieces.flatMap(({ left }) => left),
      parties: joined(parties),
    }
  },
  async account(recallId, shard, found) {
    const Item = { pk: keys.scope(recallId, shard), sk: accountKey, piece: packed(found) }
    await dynamo.send(new PutCommand({ TableName: tableName(), Item }))
  },
  async accountOf<T>(recallId: string, shard: number) {
    const [item] = await partition(keys.scope(recallId, shard), accountKey)
    return item && (unpacked(item.piece as Uint8Array) as T)
  },
  parties: (recallId, shards) => all(shards, (shard) => scope.partiesOf(recallId, shard)),
  partiesOf: async (recallId, shard) => joined(await piecesOf<PartyPiece>(recallId, shard, 'PARTY')),
}
