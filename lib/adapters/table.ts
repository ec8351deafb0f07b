import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import { entityKey, keys } from '#kit/keys'
import { firstNumber, numberOf, placeOf, segmentOf } from '#kit/node'
import {
  type Balance,
  ForeignCursor,
  type Freeze,
  type Outcome,
  type Page,
  type Stored,
  type Table,
  type Write,
} from '#kit/table'
import { dynamo, eachOf, tableName } from './dynamo.ts'
import { type Fence, readFence } from './epoch.ts'
import { type Item, recallsOn, toAnswer, toBalance, toFact, toStored, transactItem } from './items.ts'

type Key = { readonly pk: string; readonly sk: string }

/** BatchGetItem takes this many keys. */
const batchLimit = 100
/** Calls in flight at once. */
const width = 16
/** Items of one page of a list. */
const pageSize = 100

/** The epoch and the tail that this function last saw. They may be old: the transaction's check finds that out. */
let known: Fence | undefined

async function getItem(key: Key): Promise<Item | undefined> {
  const { Item: item } = await dynamo.send(new GetCommand({ TableName: tableName(), Key: key, ConsistentRead: true }))
  return item as Item | undefined
}

/** Key of the item that says which places of a segment are frozen, and by which recalls. */
export const frozenKey = (segment: number): Key => ({ pk: keys.frozen(segment), sk: keys.state })

/** Items that were found, by both parts of their keys. */
class Found {
  private readonly items = new Map<string, Item>()

  add(item: Item): void {
    this.items.set(Found.nameOf(item), item)
  }

  at(key: Key): Item | undefined {
    return this.items.get(Found.nameOf(key))
  }

  static nameOf({ pk, sk }: Key): string {
    return `${pk}\n${sk}`
  }
}

/** Keys asked for in this turn, by everybody, so that they travel in one call. */
let together: { readonly wanted: Key[]; readonly found: Promise<Found> } | undefined

/** Reads items strongly consistently; what is asked for at the same time is read in one call. */
export function getItems(wanted: readonly Key[]): Promise<Found> {
  if (wanted.length === 0) return Promise.resolve(new Found())
  if (!together) {
    const keys: Key[] = []
    const found = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      together = undefined
      return getAll(keys)
    })
    together = { wanted: keys, found }
  }
  together.wanted.push(...wanted)
  return together.found
}

async function getAll(wanted: readonly Key[]): Promise<Found> {
  const found = new Found()
  const distinct = [...new Map(wanted.map((key) => [Found.nameOf(key), key])).values()]
  if (distinct.length === 1) {
    const item = await getItem(distinct[0]!)
    if (item) found.add(item)
    return found
  }
  const calls = Array.from({ length: Math.ceil(distinct.length / batchLimit) }, (_, n) =>
    distinct.slice(n * batchLimit, (n + 1) * batchLimit),
  )
  await eachOf(calls, width, async (Keys) => {
    let left: Record<string, any> | undefined = { [tableName()]: { Keys, ConsistentRead: true } }
    while (left && Object.keys(left).length > 0) {
      const answer: BatchGetCommandOutput = await dynamo.send(new BatchGetCommand({ RequestItems: left }))
      for (const item of (answer.Responses?.[tableName()] ?? []) as Item[]) found.add(item)
      left = answer.UnprocessedKeys
    }
  })
  return found
}

async function queryAll(input: Omit<QueryCommandInput, 'TableName'>): Promise<Item[]> {
  const items: Item[] = []
  let from: Record<string, unknown> | undefined
  do {
    const page = await dynamo.send(new QueryCommand({ TableName: tableName(), ...input, ExclusiveStartKey: from }))
    items.push(...((page.Items ?? []) as Item[]))
    from = page.LastEvaluatedKey
  } while (from)
  return items
}

/** All items of a partition, or those whose sort key begins so, strongly consistent. DynamoDB refuses an empty begin. */
export const partition = (pk: string, begins?: string) =>
  queryAll({
    KeyConditionExpression: begins === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :begins)',
    ExpressionAttributeValues: { ':pk': pk, ...(begins === undefined ? {} : { ':begins': begins }) },
    ConsistentRead: true,
  })

async function indexPage(index: 'worklist' | 'group', value: string, cursor?: string): Promise<Page<Item>> {
  const page = await dynamo.send(
    new QueryCommand({
      TableName: tableName(),
      IndexName: index,
      KeyConditionExpression: '#list = :value',
      ExpressionAttributeNames: { '#list': index },
      ExpressionAttributeValues: { ':value': value },
      Limit: pageSize,
      ...(cursor ? { ExclusiveStartKey: startOf(cursor, index, value) } : {}),
    }),
  )
  const next = page.LastEvaluatedKey
  return {
    items: (page.Items ?? []) as Item[],
    ...(next ? { next: Buffer.from(JSON.stringify(next)).toString('base64url') } : {}),
  }
}

/** Key after which a page of this list begins; a cursor comes from outside and may be anything. */
function startOf(cursor: string, index: string, value: string): Record<string, string> {
  let key: any
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw new ForeignCursor()
  }
  const { pk, sk, id } = key ?? {}
  if (key?.[index] !== value || [pk, sk, id].some((part) => typeof part !== 'string' || part === ''))
    throw new ForeignCursor()
  return { pk, sk, id, [index]: value }
}

async function transact(writes: readonly Write[]): Promise<Outcome> {
  const [only, ...more] = writes
  if (only?.kind === 'state' && more.length === 0) return putAlone(only)
  try {
    await dynamo.send(
      new TransactWriteCommand({ TransactItems: writes.map((write) => transactItem(tableName(), write)) }),
    )
    return { done: true }
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error
    const reasons = error.CancellationReasons ?? []
    if (reasons.some((reason) => reason.Code === 'ValidationError')) throw error
    const failed = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed')
    if (reasons.some(({ Code }, index) => Code && writes[index]?.kind === 'epoch')) known = undefined
    return {
      done: false,
      failed: failed < 0 ? undefined : failed,
      found: failed < 0 ? undefined : plain(reasons[failed]?.Item),
    }
  }
}

/** A state without facts, as telemetry writes it by the million: alone it costs half of what a transaction does. */
async function putAlone(write: Extract<Write, { kind: 'state' }>): Promise<Outcome> {
  try {
    await dynamo.send(new PutCommand(transactItem(tableName(), write).Put!))
    return { done: true }
  } catch (error) {
    if (error instanceof TransactionConflictException) return { done: false, failed: undefined, found: undefined }
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    return { done: false, failed: 0, found: undefined }
  }
}

/** Only the values a refusal needs: numbers and strings of the item that stood in the way. */
const plain = (item: Record<string, any> | undefined) =>
  item &&
  Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value?.N !== undefined ? Number(value.N) : (value?.S ?? value)]),
  )

/** The one table in DynamoDB. */
export const table: Table = {
  async states(wanted) {
    const sought = wanted.map(({ entity, id }) => ({ pk: entityKey(entity, id), sk: keys.state }))
    const found = await getItems(sought)
    return sought.map((key) => toStored(found.at(key)))
  },

  async freeze(nodes): Promise<Freeze> {
    // The epoch must be older than the reads below: a freeze writes its nodes first and raises the epoch last.
    known ??= await readFence()
    const { epoch, tail } = known
    const bySegment = Map.groupBy(nodes, (node) => segmentOf(numberOf(node)))
    const found = await getItems([...bySegment.keys()].map(frozenKey))
    const recalls = [...bySegment].flatMap(([segment, some]) => {
      const recallsAt = recallsOn(found.at(frozenKey(segment)), epoch)
      return some.map((node) => [node, recallsAt(placeOf(numberOf(node)))] as const)
    })
    return { epoch, tail, recalls: new Map(recalls.filter(([, some]) => some.length > 0)) }
  },

  async answer(key) {
    const wanted = { pk: keys.answer(key), sk: keys.state }
    return toAnswer((await getItems([wanted])).at(wanted))
  },

  async owner(entity, field, value) {
    const key = { pk: keys.unique(entity, field, value), sk: keys.state }
    return (await getItems([key])).at(key)?.id as string | undefined
  },

  async lease(count) {
    const { Attributes } = await dynamo.send(
      new UpdateCommand({
        TableName: tableName(),
        Key: { pk: keys.numbers, sk: keys.state },
        UpdateExpression: 'ADD leased :count',
        ExpressionAttributeValues: { ':count': count },
        ReturnValues: 'UPDATED_NEW',
      }),
    )
    return firstNumber + Number(Attributes?.leased) - count
  },

  transact,

  async record(entity, id) {
    const items = await partition(entityKey(entity, id))
    const begin = (prefix: string) => items.filter(({ sk }) => sk.startsWith(prefix))
    const stored = toStored(begin(keys.state)[0])
    if (!stored) return undefined
    return {
      stored,
      history: begin(keys.factPrefix).map(toFact),
      balances: begin(keys.atPrefix)
        .map(toBalance)
        .filter(({ quantity }) => quantity !== 0),
    }
  },

  async history(entity, id) {
    const items = await partition(entityKey(entity, id), keys.factPrefix)
    return items.map(toFact)
  },

  async balances(lotId): Promise<Balance[]> {
    const items = await partition(keys.lot(lotId), keys.atPrefix)
    return items.map(toBalance).filter(({ quantity }) => quantity !== 0)
  },

  async quantitiesAt(place, lotIds) {
    const sought = lotIds.map((lotId) => ({ pk: keys.lot(lotId), sk: keys.at(place) }))
    const found = await getItems(sought)
    return sought.map((key) => Number(found.at(key)?.quantity ?? 0))
  },

  async list(by, entity, value, cursor): Promise<Page<Stored>> {
    const page = await indexPage(by, `${entity.key}#${value}`, cursor)
    return { ...page, items: page.items.map((item) => toStored(item)!) }
  },

  async under(entity, about) {
    const items = await partition(keys.under(entity, about))
    return items.map((item) => toStored(item)!)
  },

  async stock(by, value, cursor): Promise<Page<Balance>> {
    const page = await indexPage(
      by === 'place' ? 'worklist' : 'group',
      by === 'place' ? keys.at(value) : keys.stockOf(value),
      cursor,
    )
    return { ...page, items: page.items.map(toBalance).filter(({ quantity }) => quantity !== 0) }
  },
}
