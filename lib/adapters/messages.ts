import { createHash } from 'node:crypto'
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import {
  BatchWriteCommand,
  type BatchWriteCommandOutput,
  DeleteCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { keys } from '#kit/keys'
import type { Receipt, Sending } from '#kit/ports'
import { dynamo, eachOf, tableName } from './dynamo.ts'

/**
 * How long a message may be on its way without a receipt before it is taken for lost and sent again, in milliseconds.
 * Longer than any call to a service takes, and longer than receipts usually take (seconds).
 */
const patience = 60_000
/** Seconds for which a key is remembered: longer than a machine that repeats itself can live. */
const memory = 400 * 86_400

/** Calls in flight at once. */
const width = 16

/** What became of one try: `unknown` where no answer, or none that can be read, came back. */
export type Try = NonNullable<Sending> | 'not-now' | 'unknown'

/** A message's key as a name that every service takes. */
export const messageOf = (key: string) => createHash('sha256').update(key).digest('hex')

const placeOf = (message: string) => ({ pk: keys.message(message), sk: keys.state })
const expiresAt = () => Math.floor(Date.now() / 1000) + memory

/** What a claim found: it is ours, or another's, or the message has left already. */
type Claimed = 'ours' | 'underway' | 'left'

/**
 * Sends messages once each: their keys are claimed before, so that who comes second does not send; who finds a claim
 * without a receipt waits for it, and after the patience sends again where `again` allows. So many of them go at once.
 */
export async function once<M extends { readonly key: string }>(
  messages: readonly M[],
  atOnce: number,
  attempt: (some: readonly M[]) => Promise<Try[]>,
  again = true,
): Promise<Sending[]> {
  const distinct = [...new Map(messages.map((one) => [one.key, one])).values()]
  const parts = Array.from({ length: Math.ceil(distinct.length / atOnce) }, (_, n) =>
    distinct.slice(n * atOnce, (n + 1) * atOnce),
  )
  const results = await Promise.all(parts.map((part) => sendPart(part, attempt, again)))
  const found = new Map(results.flat())
  return messages.map(({ key }) => found.get(key))
}

async function sendPart<M extends { readonly key: string }>(
  part: readonly M[],
  attempt: (some: readonly M[]) => Promise<Try[]>,
  again: boolean,
): Promise<[key: string, Sending][]> {
  const claimedAt = Date.now()
  const claims = await claim(
    part.map(({ key }) => messageOf(key)),
    claimedAt,
    again,
  )
  const mine = part.filter((_, index) => claims[index] === 'ours')
  const tries = mine.length > 0 ? await attempt(mine) : []
  const refused = mine.filter((_, index) => tries[index] === 'not-now')
  await release(
    refused.map(({ key }) => messageOf(key)),
    claimedAt,
  )
  return [
    ...part.flatMap(({ key }, index): [string, Sending][] => (claims[index] === 'left' ? [[key, { sent: true }]] : [])),
    ...mine.map(({ key }, index): [string, Sending] => [key, settled(tries[index]!, again)]),
  ]
}

function settled(tried: Try, again: boolean): Sending {
  if (typeof tried !== 'string') return tried
  return tried === 'unknown' && !again ? { sent: false, why: 'unknown' } : undefined
}

/** A transaction that met others is made again so often. */
const attempts = 5

/** Claims what it can in one transaction; what others hold falls out of it, and the rest goes into the next. */
async function claim(messages: readonly string[], now: number, again: boolean): Promise<(Claimed | undefined)[]> {
  const claims = new Map<string, Claimed>()
  for (let attempt = 1; attempt <= attempts && claims.size < messages.length; attempt += 1) {
    const open = messages.filter((message) => !claims.has(message))
    const reasons = await putClaims(open, now, again)
    for (const [index, message] of open.entries()) {
      const { Code, Item } = reasons?.[index] ?? {}
      if (!reasons) claims.set(message, 'ours')
      else if (Code === 'ConditionalCheckFailed') claims.set(message, standing(unmarshall(Item ?? {}), again))
    }
  }
  return messages.map((message) => claims.get(message))
}

/** A receipt takes the claim's place; what is sent at most once needs none. */
const standing = (item: Record<string, unknown>, again: boolean): Claimed =>
  again && item.claimedAt !== undefined ? 'underway' : 'left'

/** Why they could not all be claimed, one by one; undefined where they were. */
async function putClaims(messages: readonly string[], now: number, again: boolean) {
  const TransactItems = messages.map((message) => ({
    Put: {
      TableName: tableName(),
      Item: { ...placeOf(message), claimedAt: now, expires: expiresAt() },
      ConditionExpression: again ? 'attribute_not_exists(pk) OR claimedAt < :lost' : 'attribute_not_exists(pk)',
      ...(again ? { ExpressionAttributeValues: { ':lost': now - patience } } : {}),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    },
  }))
  try {
    await dynamo.send(new TransactWriteCommand({ TransactItems }))
    return undefined
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    return error.CancellationReasons ?? []
  }
}

/** Gives claims back, so that the next try need not wait. */
const release = (messages: readonly string[], claimedAt: number) =>
  eachOf(messages, width, (message) =>
    dynamo.send(
      new DeleteCommand({
        TableName: tableName(),
        Key: placeOf(message),
        ConditionExpression: 'claimedAt = :mine',
        ExpressionAttributeValues: { ':mine': claimedAt },
      }),
    ),
  )

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
