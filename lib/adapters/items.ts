import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb'
import { entityKey, keys, tailShards } from '#kit/keys'
import type { LedgerFact } from '#kit/ledger'
import type { Answer, Balance, Stored, Write } from '#kit/table'
import { encodeDelta } from '../genealogy/delta.ts'
import { decodeMark, encodeMark } from '../genealogy/marks.ts'

export type Item = { readonly pk: string; readonly sk: string; readonly [name: string]: unknown }
type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number]

const absent = 'attribute_not_exists(pk)'

/**
 * What only code reads, and always whole, stands in one attribute as JSON: a typed value for each member of it costs
 * functions and streams several times the CPU, and nothing asks for one (ADR 0059).
 */
const asText = (whole: unknown) => JSON.stringify(whole)
const fromText = (attribute: unknown) => JSON.parse(attribute as string)
const showFound = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const

/** Reads a stored state back from its item. */
export const toStored = (item: Item | undefined): Stored | undefined =>
  item && {
    id: item.id as string,
    version: item.version as number,
    head: item.head as string,
    facts: item.facts as number,
    data: fromText(item.data),
  }

/** Reads a fact back from its item. */
export const toFact = (item: Item): LedgerFact => fromText(item.fact)

/** Reads a request's answer back from its item. */
export const toAnswer = (item: Item | undefined): Answer | undefined => item && fromText(item.answer)

/** Reads a stock balance back from its item. */
export const toBalance = (item: Item): Balance => ({
  lotId: item.id as string,
  itemId: item.itemId as string,
  place: item.sk.slice(keys.atPrefix.length),
  quantity: item.quantity as number,
})

const versionIs = (expect: number) =>
  expect === 0
    ? { ConditionExpression: absent }
    : {
        ConditionExpression: '#version = :expect',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':expect': expect },
      }

const stored = (next: Stored) => ({ ...next, data: asText(next.data) })

/** The item of an entity’s state, with what worklists and groups find it by. */
export function stateItem({ entity, next }: Pick<Extract<Write, { kind: 'state' }>, 'entity' | 'next'>): Item {
  const worklist = entity.worklist?.(next.data)
  const group = entity.group?.(next.data)
  return {
    pk: entityKey(entity, next.id),
    sk: keys.state,
    ...stored(next),
    ...(worklist === undefined ? {} : { worklist: `${entity.key}#${worklist}` }),
    ...(group === undefined ? {} : { group: `${entity.key}#${group}` }),
  }
}

function stockUpdate(TableName: string, write: Extract<Write, { kind: 'stock' }>): TransactItem {
  const owes = write.change < 0 && !write.mayOwe
  return {
    Update: {
      TableName,
      Key: { pk: keys.lot(write.lotId), sk: keys.at(write.place) },
      UpdateExpression: 'SET id = :lot, itemId = :item, #worklist = :place, #group = :group ADD quantity :change',
      ExpressionAttributeNames: { '#worklist': 'worklist', '#group': 'group' },
      ExpressionAttributeValues: {
        ':lot': write.lotId,
        ':item': write.itemId,
        ':place': keys.at(write.place),
        ':group': keys.stockOf(write.itemId),
        ':change': write.change,
        ...(owes ? { ':wanted': -write.change } : {}),
      },
      ...(owes ? { ConditionExpression: 'quantity >= :wanted', ...showFound } : {}),
    },
  }
}

function frozenUpdate(TableName: string, { segment, places, epoch }: Extract<Write, { kind: 'frozen' }>): TransactItem {
  const marks = [...places].map(([recall, some], index) => ({ index, recall, mark: encodeMark(epoch, some) }))
  return {
    Update: {
      TableName,
      Key: { pk: keys.frozen(segment), sk: keys.state },
      UpdateExpression: `ADD ${marks.map(({ index }) => `#r${index} :m${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(marks.map(({ index, recall }) => [`#r${index}`, recall])),
      ExpressionAttributeValues: Object.fromEntries(marks.map(({ index, mark }) => [`:m${index}`, new Set([mark])])),
    },
  }
}

/** Recalls that cover these places of a segment in this epoch; each attribute of the item is a recall's set of marks. */
export function recallsOn(item: Item | undefined, epoch: number): (place: number) => string[] {
  const { pk: _, sk: __, ...byRecall } = item ?? { pk: '', sk: '' }
  const recalls = Object.entries(byRecall as Record<string, ReadonlySet<Uint8Array>>).map(([recall, marks]) => ({
    recall,
    marks: [...marks].map(decodeMark).filter((mark) => mark.epoch <= epoch),
  }))
  return (place) => recalls.filter(({ marks }) => marks.some((mark) => mark.has(place))).map(({ recall }) => recall)
}

/** The DynamoDB form of one write of a command's transaction. */
export function transactItem(TableName: string, write: Write): TransactItem {
  switch (write.kind) {
    case 'state':
      return { Put: { TableName, Item: stateItem(write), ...versionIs(write.expect) } }
    case 'under': {
      const { entity, about, next } = write
      return { Put: { TableName, Item: { pk: keys.under(entity, about), sk: next.id, ...stored(next) } } }
    }
    case 'check':
      return {
        ConditionCheck: {
          TableName,
          Key: { pk: entityKey(write.entity, write.id), sk: keys.state },
          ...versionIs(write.expect),
        },
      }
    case 'fact': {
      const { fact, entity } = write
      const key = { pk: entityKey(entity, fact.entityId), sk: keys.fact(fact.version) }
      return { Put: { TableName, Item: { ...key, fact: asText(fact) }, ConditionExpression: absent } }
    }
    case 'stock':
      return stockUpdate(TableName, write)
    case 'edges': {
      const { tail, copy, request, epoch, edges } = write
      const Item = { pk: keys.tail(tail, copy % tailShards), sk: request, delta: encodeDelta(edges), epoch }
      return { Put: { TableName, Item, ConditionExpression: absent } }
    }
    case 'unique': {
      const key = { pk: keys.unique(write.entity, write.field, write.value), sk: keys.state }
      return { Put: { TableName, Item: { ...key, id: write.id }, ConditionExpression: absent, ...showFound } }
    }
    case 'retire':
      return { Delete: { TableName, Key: { pk: keys.unique(write.entity, write.field, write.value), sk: keys.state } } }
    case 'epoch':
      return epochCheck(TableName, write)
    case 'frozen':
      return frozenUpdate(TableName, write)
    case 'signIn': {
      const key = { pk: keys.signIn(write.sub, write.id), sk: keys.state }
      return { Put: { TableName, Item: { ...key, expires: write.expires }, ConditionExpression: absent } }
    }
    case 'answer': {
      const key = { pk: keys.answer(write.key), sk: keys.state }
      const Item = { ...key, answer: asText(write.answer), expires: write.expires }
      return { Put: { TableName, Item, ConditionExpression: absent } }
    }
  }
}

/** Epoch 0 and tail 0 are those of an empty table: no copy of the epoch says them. */
export const epochIs = (epoch: number) =>
  epoch === 0
    ? { ConditionExpression: 'attribute_not_exists(epoch)', values: {} }
    : { ConditionExpression: 'epoch = :epoch', values: { ':epoch': epoch } }

/** Attribute of a copy of the epoch: how many commands recorded edges in this tail by that copy. */
export const countIn = (tail: number) => `tail${tail}`

function epochCheck(TableName: string, { epoch, copy, tail }: Extract<Write, { kind: 'epoch' }>): TransactItem {
  const { ConditionExpression, values } = epochIs(epoch)
  const Key = { pk: keys.epoch(copy), sk: keys.state }
  if (tail === undefined)
    return {
      ConditionCheck: {
        ...{ TableName, Key, ConditionExpression },
        ...(epoch === 0 ? {} : { ExpressionAttributeValues: values }),
      },
    }
  return {
    Update: {
      ...{ TableName, Key },
      UpdateExpression: 'ADD #count :one',
      ConditionExpression: `${ConditionExpression} AND (attribute_not_exists(tail) OR tail <= :tail)`,
      ExpressionAttributeNames: { '#count': countIn(tail) },
      ExpressionAttributeValues: { ...values, ':tail': tail, ':one': 1 },
    },
  }
}
