import { GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { keys } from '#kit/keys'
import type { Ports } from '#kit/ports'
import { epochCopies } from '#kit/settle'
import { dynamo, eachOf, tableName } from './dynamo.ts'
import { epochIs } from './items.ts'

/** Updates in flight at once. */
const width = 16

const keyOf = (node: string) => ({ pk: keys.frozen(node), sk: keys.state })

async function readEpoch(): Promise<number> {
  const key = { pk: keys.epoch(0), sk: keys.state }
  const { Item } = await dynamo.send(new GetCommand({ TableName: tableName(), Key: key, ConsistentRead: true }))
  return Number(Item?.epoch ?? 0)
}

/** Raises the epoch in all its copies at once: from here on every running command that read before it fails its check. */
async function raise(epoch: number): Promise<void> {
  const copies = Array.from({ length: epochCopies }, (_, copy) => ({
    Update: {
      TableName: tableName(),
      Key: { pk: keys.epoch(copy), sk: keys.state },
      UpdateExpression: 'SET epoch = :next',
      ConditionExpression: epochIs(epoch).ConditionExpression,
      ExpressionAttributeValues: { ':next': epoch + 1, ...(epoch === 0 ? {} : { ':epoch': epoch }) },
    },
  }))
  await dynamo.send(new TransactWriteCommand({ TransactItems: copies }))
}

/** Raises the epoch whatever its number; another recall may raise it at the same time. */
async function flip(): Promise<number> {
  for (let attempt = 0; ; attempt += 1) {
    const epoch = await readEpoch()
    try {
      await raise(epoch)
      return epoch + 1
    } catch (error) {
      if ((error as Error).name !== 'TransactionCanceledException' || attempt >= 9) throw error
    }
  }
}

/** Freezes in the table: the nodes are written first under the next epoch, then one transaction makes them visible. */
export const freezer: Ports['freezer'] = {
  async freeze(recallId, nodes) {
    const next = (await readEpoch()) + 1
    await eachOf(nodes, width, (node) =>
      dynamo.send(
        new UpdateCommand({
          TableName: tableName(),
          Key: keyOf(node),
          UpdateExpression: 'SET #recall = if_not_exists(#recall, :next)',
          ExpressionAttributeNames: { '#recall': recallId },
          ExpressionAttributeValues: { ':next': next },
        }),
      ),
    )
    return { epoch: await flip() }
  },

  async lift(recallId, nodes) {
    await eachOf(nodes, width, (node) =>
      dynamo.send(
        new UpdateCommand({
          TableName: tableName(),
          Key: keyOf(node),
          UpdateExpression: 'REMOVE #recall',
          ExpressionAttributeNames: { '#recall': recallId },
        }),
      ),
    )
  },
}
