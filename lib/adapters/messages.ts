import { createHash } from 'node:crypto'
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { BatchWriteCommand, type BatchWriteCommandOutput, DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { keys } from '#kit/keys'
import type { Receipt, Sending } from '#kit/ports'
import { dynamo, tableName } from './dynamo.ts'

/**
 * How long a message may be on its way without a receipt before it is taken for lost and sent again, in milliseconds.
 * Longer than any call to a service takes, and longer than receipts usually take (seconds).
 */
const patience = 60_000
/** Seconds for which a key is remembered: longer than a machine that repeats itself can live. */
const memory = 400 * 86_400

/** What became of one try: `unknown` where no answer, or none that can be read, came back. */
export type Try = Sending | 'not-now' | 'unknown'

/** A message's key as a name that every service takes. */
export const messageOf = (key: string) => createHash('sha256').update(key).digest('hex')

const placeOf = (message: string) => ({ pk: keys.message(message), sk: keys.state })
const expiresAt = () => Math.floor(Date.now() / 1000) + memory

class Unsettled extends Error {
  override readonly name = 'message-unsettled'
}

/**
 * Sends a message once: its key is claimed before, so that who comes second does not send; who finds a claim without a
 * receipt waits for it, and after the patience sends again where `again` allows.
 */
export async function once(key: string, attempt: () => Promise<Try>, again = true): Promise<Sending> {
  const message = messageOf(key)
  const claimedAt = await claim(message, again)
  if (claimedAt === undefined) return { sent: true }
  const result = await attempt()
  if (typeof result === 'object') return result
  if (result === 'not-now') {
    await release(message, claimedAt)
    throw new Unsettled(`message ${message} was not taken: the service is busy`)
  }
  if (!again) return { sent: false, why: 'unknown' }
  throw new Unsettled(`nobody knows whether message ${message} left`)
}

/** Time of the claim where it is ours; undefined where the message has left already. */
async function claim(message: string, again: boolean): Promise<number | undefined> {
  const now = Date.now()
  try {
    await dynamo.send(
      new PutCommand({
        TableName: tableName(),
        Item: { ...placeOf(message), claimedAt: now, expires: expiresAt() },
        ConditionExpression: again ? 'attribute_not_exists(pk) OR claimedAt < :lost' : 'attribute_not_exists(pk)',
        ...(again ? { ExpressionAttributeValues: { ':lost': now - patience } } : {}),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    )
    return now
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    const found = error.Item ? unmarshall(error.Item) : {}
    // A receipt takes the claim's place; what is sent at most once needs none.
    if (!again || found.claimedAt === undefined) return undefined
    throw new Unsettled(`message ${message} was on its way ${now - found.claimedAt} ms ago`)
  }
}

async function release(message: string, claimedAt: number): Promise<void> {
  await dynamo.send(
    new DeleteCommand({
      TableName: tableName(),
      Key: placeOf(message),
      ConditionExpression: 'claimedAt = :mine',
      ExpressionAttributeValues: { ':mine': claimedAt },
    }),
  )
}

/** BatchWriteItem takes this many items. */
const batchLimit = 25

/** Puts receipts in the place of claims; the same receipt twice changes nothing. */
export async function keepReceipts(receipts: readonly Receipt[]): Promise<void> {
  const items = [...new Map(receipts.map((one) => [one.message, one])).values()].map(({ message, at }) => ({
    PutRequest: { Item: { ...placeOf(message), sentAt: at, expires: expiresAt() } },
  }))
  for (let begin = 0; begin < items.length; begin += batchLimit) {
    let left: BatchWriteCommandOutput['UnprocessedItems'] = { [tableName()]: items.slice(begin, begin + batchLimit) }
    while (left && Object.keys(left).length > 0) {
      const answer: BatchWriteCommandOutput = await dynamo.send(new BatchWriteCommand({ RequestItems: left }))
      left = answer.UnprocessedItems
    }
  }
}
