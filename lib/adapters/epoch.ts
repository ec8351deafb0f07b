import { setTimeout as pause } from 'node:timers/promises'
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb'
import { keys } from '#kit/keys'
import { epochCopies } from '#kit/settle'
import { dynamo, tableName } from './dynamo.ts'
import { epochIs } from './items.ts'

/** Attempts while commands are at the copies; each of them holds one for some milliseconds. */
const attempts = 100

/** The epoch, strongly consistent. */
export async function readEpoch(): Promise<number> {
  const key = { pk: keys.epoch(0), sk: keys.state }
  const { Item } = await dynamo.send(new GetCommand({ TableName: tableName(), Key: key, ConsistentRead: true }))
  return Number(Item?.epoch ?? 0)
}

/**
 * Ends the epoch that stands when it is called and returns the one that follows: freezes tagged with it are in
 * force, and nothing is written into the tails of earlier epochs any more. Should somebody else end it at the same
 * time, that serves as well. `settled` milliseconds later it returns: a transaction that DynamoDB accepted just before
 * the end, and has not acknowledged yet, may become readable a moment after it. Who must read all of it gives it time.
 */
export async function closeEpoch(settled = 0): Promise<number> {
  const epoch = await endEpoch()
  if (settled > 0) await pause(settled)
  return epoch
}

async function endEpoch(): Promise<number> {
  const epoch = await readEpoch()
  for (let attempt = 1; ; attempt += 1) {
    try {
      await raise(epoch)
      return epoch + 1
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error
      if (error.CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed')) return epoch + 1
      if (attempt === attempts) throw error
    }
    await pause(Math.random() * Math.min(5 * attempt, 50))
  }
}

/** Raises all copies at once: every running command that read the epoch before fails its check. */
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
