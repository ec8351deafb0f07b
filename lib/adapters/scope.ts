import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { keys, shardOf } from '#kit/keys'
import type { AffectedNode, AffectedParty, Ports } from '#kit/ports'
import { dynamo, eachOf, tableName } from './dynamo.ts'
import type { Item } from './items.ts'
import { partition } from './table.ts'

/** Writes in flight at once. */
const width = 16
const nodePrefix = 'NODE#'
const partyPrefix = 'PARTY#'

async function read<T>(recallId: string, shards: number, prefix: string): Promise<T[]> {
  const all = await Promise.all(
    Array.from({ length: shards }, (_, shard) => partition(keys.scope(recallId, shard), prefix)),
  )
  return all.flat().map(({ value }) => value as T)
}

/** A recall's scope in as many partitions as the recall says, so that no list must fit one message. */
export const scope: Ports['scope'] = {
  async write(recallId, shards, nodes, parties) {
    const items: Item[] = [
      ...nodes.map((value) => ({
        pk: keys.scope(recallId, shardOf(value.id, shards)),
        sk: nodePrefix + value.id,
        value,
      })),
      ...parties.map((value) => ({
        pk: keys.scope(recallId, shardOf(value.partnerId, shards)),
        sk: partyPrefix + value.partnerId,
        value,
      })),
    ]
    await eachOf(items, width, (Item) => dynamo.send(new PutCommand({ TableName: tableName(), Item })))
  },
  nodes: (recallId, shards) => read<AffectedNode>(recallId, shards, nodePrefix),
  parties: (recallId, shards) => read<AffectedParty>(recallId, shards, partyPrefix),
  async partiesOf(recallId, shard) {
    const items = await partition(keys.scope(recallId, shard), partyPrefix)
    return items.map(({ value }) => value as AffectedParty)
  },
}
