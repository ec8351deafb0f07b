import { setTimeout as pause } from 'node:timers/promises'
import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb'
import { GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { keys } from '#kit/keys'
import { epochCopies, tailCopies } from '#kit/settle'
import { dynamo, tableName } from './dynamo.ts'
import { countIn, epochIs } from './items.ts'

/** Attempts while commands are at the copies; each of them holds one for some milliseconds. */
const attempts = 100

/** What a command that draws edges is held against: the epoch, and the tail into which edges go. */
export interface Fence {
  readonly epoch: number
  readonly tail: number
}

/** Epoch and tail, strongly consistent. Of all copies the first has the newest tail: nobody writes into a later one. */
export async function readFence(): Promise<Fence> {
  const key = { pk: keys.epoch(0), sk: keys.state }
  const { Item } = await dynamo.send(new GetCommand({ TableName: tableName(), Key: key, ConsistentRead: true }))
  return { epoch: Number(Item?.epoch ?? 0), tail: Number(Item?.tail ?? 0) }
}

export const readEpoch = async (): Promise<number> => (await readFence()).epoch

/**
 * Ends the epoch that stands when it is called and returns the one that follows: freezes tagged with it are in
 * force for every command that is not yet committed. Should somebody else end it at the same time, that serves as well. `settled` milliseconds later it returns: a transaction that DynamoDB accepted just before
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
  const { ConditionExpression, values } = epochIs(epoch)
  const copies = Array.from({ length: epochCopies }, (_, copy) => ({
    Update: {
      TableName: tableName(),
      Key: { pk: keys.epoch(copy), sk: keys.state },
      UpdateExpression: 'SET epoch = :next',
      ConditionExpression,
      ExpressionAttributeValues: { ...values, ':next': epoch + 1 },
    },
  }))
  await dynamo.send(new TransactWriteCommand({ TransactItems: copies }))
}

/**
 * Ends the tail that stands when it is called, and all before it, and returns the next one: into the ended ones nothing
 * is written any more. One copy after the other says so, the first of all first: a command that knows the next tail
 * already passes at copies that still say the last one, and one that knows only the last fails where it ended. So
 * nobody waits for all copies to be free at once, and an end that was cut short is made whole by the next.
 */
export async function closeTail(settled = 0): Promise<number> {
  const { tail } = await readFence()
  await endTail(0, tail + 1)
  await Promise.all(Array.from({ length: tailCopies - 1 }, (_, copy) => endTail(copy + 1, tail + 1)))
  if (settled > 0) await pause(settled)
  return tail + 1
}

async function endTail(copy: number, next: number): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dynamo.send(
        new UpdateCommand({
          TableName: tableName(),
          Key: { pk: keys.epoch(copy), sk: keys.state },
          // Only the tail that stands is counted. An end that was cut short may have left the one before.
          UpdateExpression: 'SET tail = :next REMOVE #last, #before',
          ExpressionAttributeNames: { '#last': countIn(next - 1), '#before': countIn(next - 2) },
          ConditionExpression: 'attribute_not_exists(tail) OR tail < :next',
          ExpressionAttributeValues: { ':next': next },
        }),
      )
      return
    } catch (error) {
      // Somebody else has ended it as well.
      if ((error as Error).name === 'ConditionalCheckFailedException') return
      if (!(error instanceof TransactionConflictException) || attempt === attempts) throw error
    }
    await pause(Math.random() * Math.min(5 * attempt, 50))
  }
}
