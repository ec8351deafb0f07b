import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { keys } from '#kit/keys'
import type { Ports } from '#kit/ports'
import { dynamo, eachOf, tableName } from './dynamo.ts'
import { closeEpoch, readEpoch } from './epoch.ts'

/** Updates in flight at once. */
const width = 16

const keyOf = (node: string) => ({ pk: keys.frozen(node), sk: keys.state })

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
    return { epoch: await closeEpoch() }
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
