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

async function readShard<T>(recallId: string, shard: number, prefix: string): Promise<T[]> {
  const items = await partition(keys.scope(recallId, shard), prefix)
  return items.map(({ value }) => value as T)
}

async function readAll<T>(recallId: string, shards: number, prefix: string): Promise<T[]> {
  const all = Array.from({ length: shards }, (_, shard) => readShard<T>(recallId, shard, prefix))
  return (await Promise.all(all)).flat()
}

/** A recall's scope in as many partitions as the recall says, so that no list must fit one message. */
export const scope: Ports['scope'] = {
  async write(recallId, shards, nodes, parties) {
    const itemOf = (id: string, prefix: string, value: AffectedNode | AffectedParty): Item => ({
      pk: keys.scope(recallId, shardOf(id, shards)),
      sk: prefix + id,
      value,
    })
    const items = [
      ...nodes.map((node) => itemOf(node.id, nodePrefix, node)),
      ...parties.map((party) => itemOf(party.partnerId, partyPrefix, party)),
    ]
    await eachOf(items, width, (Item) => dynamo.send(new PutCommand({ TableName: tableName(), Item })))
  },
  nodes: (recallId, shards) => readAll(recallId, shards, nodePrefix),
  nodesOf: (recallId, shard) => readShard(recallId, shard, nodePrefix),
  parties: (recallId, shards) => readAll(recallId, shards, partyPrefix),
  partiesOf: (recallId, shard) => readShard(recallId, shard, partyPrefix),
}
