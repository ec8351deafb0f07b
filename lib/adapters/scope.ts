import { BatchWriteCommand, type BatchWriteCommandOutput } from '@aws-sdk/lib-dynamodb'
import { keys, shardOf } from '#kit/keys'
import type { AffectedNode, AffectedParty, Ports } from '#kit/ports'
import { dynamo, eachOf, tableName } from './dynamo.ts'
import type { Item } from './items.ts'
import { partition } from './table.ts'

/** BatchWriteItem takes this many items. */
const batchLimit = 25
/** Calls in flight at once. */
const width = 16
const nodePrefix = 'NODE#'
const partyPrefix = 'PARTY#'
/** Lots of a party in one item: some 150 bytes each, and an item may have 400 KB. */
const lotsAnItem = 1000

/** An item of a party: some of its lots, and into how many items all of them were put. */
interface PartyPart {
  readonly party: AffectedParty
  readonly part: number
  readonly parts: number
}

function partsOf(party: AffectedParty): PartyPart[] {
  const parts = Math.max(1, Math.ceil(party.lots.length / lotsAnItem))
  return Array.from({ length: parts }, (_, part) => {
    const lots = party.lots.slice(part * lotsAnItem, (part + 1) * lotsAnItem)
    return { party: { ...party, lots }, part, parts }
  })
}

/** Parties from their parts in order; what is left of a time when there were more parts does not count. */
function joined(parts: readonly PartyPart[]): AffectedParty[] {
  return [...Map.groupBy(parts, ({ party }) => party.partnerId).values()].map((some) => {
    const { party, parts: count } = some[0]!
    return { ...party, lots: some.slice(0, count).flatMap((one) => one.party.lots) }
  })
}

async function readShard<T>(recallId: string, shard: number, prefix: string): Promise<T[]> {
  const items = await partition(keys.scope(recallId, shard), prefix)
  return items.map(({ value }) => value as T)
}

const partiesIn = async (recallId: string, shard: number) =>
  joined(await readShard<PartyPart>(recallId, shard, partyPrefix))

/** Reads all partitions at once. */
async function all<T>(shards: number, read: (shard: number) => Promise<T[]>): Promise<T[]> {
  return (await Promise.all(Array.from({ length: shards }, (_, shard) => read(shard)))).flat()
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

/** A recall's scope in as many partitions as the recall says, so that no list must fit one message. */
export const scope: Ports['scope'] = {
  async write(recallId, shards, nodes, parties) {
    const itemOf = (id: string, sk: string, value: AffectedNode | PartyPart): Item => ({
      pk: keys.scope(recallId, shardOf(id, shards)),
      sk,
      value,
    })
    const items = [
      ...nodes.map((node) => itemOf(node.id, nodePrefix + node.id, node)),
      ...parties.flatMap(partsOf).map((one) => {
        const { partnerId } = one.party
        return itemOf(partnerId, `${partyPrefix}${partnerId}#${String(one.part).padStart(6, '0')}`, one)
      }),
    ]
    const batches = Array.from({ length: Math.ceil(items.length / batchLimit) }, (_, n) =>
      items.slice(n * batchLimit, (n + 1) * batchLimit),
    )
    await eachOf(batches, width, put)
  },
  nodes: (recallId, shards) => all(shards, (shard) => scope.nodesOf(recallId, shard)),
  nodesOf: (recallId, shard) => readShard(recallId, shard, nodePrefix),
  parties: (recallId, shards) => all(shards, (shard) => partiesIn(recallId, shard)),
  partiesOf: partiesIn,
}
