import { PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { keys } from '#kit/keys'
import { encodeManifest, type Manifest } from '../genealogy/manifest.ts'
import { eachOf } from './dynamo.ts'
import { GenealogyStore, itemBytes, itemKeys, type Place } from './genealogy-store.ts'

/** Calls under way at once. */
const width = 16

/** The genealogy's items in the table, for the one who writes them. */
export class SealingStore extends GenealogyStore {
  /**
   * Begins a seal, for so many milliseconds, unless another is under way. The number it gets fences it: once a later
   * seal has begun, an earlier one that was only slow can write nothing any more that counts.
   */
  async lease(now: number, milliseconds: number): Promise<number | undefined> {
    try {
      const { Attributes } = await this.client.send(
        new UpdateCommand({
          TableName: this.tableName(),
          Key: { pk: keys.sealer, sk: keys.state },
          UpdateExpression: 'SET #until = :until ADD fence :one',
          ConditionExpression: 'attribute_not_exists(#until) OR #until < :now',
          ExpressionAttributeNames: { '#until': 'until' },
          ExpressionAttributeValues: { ':until': now + milliseconds, ':now': now, ':one': 1 },
          ReturnValues: 'UPDATED_NEW',
        }),
      )
      return Attributes!.fence as number
    } catch (error) {
      if ((error as Error).name === 'ConditionalCheckFailedException') return undefined
      throw error
    }
  }

  /** Writes a part where nobody reads it yet; fails when a later seal has written there. */
  async write(place: Place, bytes: Uint8Array, fence: number): Promise<void> {
    await eachOf([...itemKeys(place).entries()], width, async ([n, key]) => {
      const Item = { ...key, bytes: bytes.subarray(n * itemBytes, (n + 1) * itemBytes), fence }
      await this.client.send(
        new PutCommand({
          TableName: this.tableName(),
          Item,
          ConditionExpression: 'attribute_not_exists(pk) OR fence <= :fence',
          ExpressionAttributeValues: { ':fence': fence },
        }),
      )
    })
  }

  /** Puts the next manifest in the place of the one before, if that still stands and no later seal has begun. */
  async commit(next: Manifest, fence: number): Promise<void> {
    const TableName = this.tableName()
    const Item = {
      ...{ pk: keys.manifest, sk: keys.state, version: next.version, sealed: next.sealed },
      manifest: encodeManifest(next),
    }
    await this.client.send(
      new TransactWriteCommand({
        TransactItems: [
          {
            Put: {
              ...{ TableName, Item },
              ...(next.version === 1
                ? { ConditionExpression: 'attribute_not_exists(pk)' }
                : {
                    ConditionExpression: '#version = :before',
                    ExpressionAttributeNames: { '#version': 'version' },
                    ExpressionAttributeValues: { ':before': next.version - 1 },
                  }),
            },
          },
          {
            Update: {
              ...{ TableName, Key: { pk: keys.sealer, sk: keys.state } },
              UpdateExpression: 'REMOVE #until',
              ConditionExpression: 'fence = :fence',
              ExpressionAttributeNames: { '#until': 'until' },
              ExpressionAttributeValues: { ':fence': fence },
            },
          },
        ],
      }),
    )
  }
}
