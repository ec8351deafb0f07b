import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromWire, toWire } from '#adapters/attribute-values'

/** A member of the first name is lost, as the SDK loses it: it would be the prototype; for one of the other it refuses all. */
const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__' && text !== 'constructor')
const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => new Uint8Array(array))
const set = (member: fc.Arbitrary<any>) =>
  fc.uniqueArray(member, { minLength: 1, maxLength: 4 }).map((all) => new Set(all))
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    bytes,
    set(fc.string({ minLength: 1 })),
    set(fc.integer()),
    set(bytes),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
})).value
const item = fc.dictionary(name, value, { maxKeys: 6 })

/** Bytes are base64 in JSON; the SDK turns them into it one step later. */
const inJson = (marshalled: object) =>
  JSON.parse(
    JSON.stringify(marshalled, (_, one) => (one instanceof Uint8Array ? Buffer.from(one).toString('base64') : one)),
  )

test('an item is written as the SDK writes it, and read as it was', () => {
  fc.assert(
    fc.property(item, (Item) => {
      const sdk = marshall(Item, { removeUndefinedValues: true })
      const wire = JSON.parse(JSON.stringify(toWire({ Item })))
      expect(wire).toEqual({ Item: inJson(sdk) })
      expect(fromWire(wire)).toEqual({ Item: unmarshall(sdk) })
    }),
    { numRuns: 300 },
  )
})

test('every place of a request and of an answer that holds attributes', () => {
  const [Key, S] = [{ pk: 'A' }, { pk: { S: 'A' } }]
  const values = { ExpressionAttributeNames: { '#a': 'a' }, ExpressionAttributeValues: { ':a': 1 } }
  const request = {
    RequestItems: { table: { Keys: [Key], ConsistentRead: true }, other: [{ PutRequest: { Item: Key } }] },
    TransactItems: [{ Put: { Item: Key, ...values } }, { Update: { Key } }, { Delete: { Key } }],
    ExclusiveStartKey: Key,
    Limit: undefined,
  }
  expect(toWire(request)).toEqual({
    RequestItems: { table: { Keys: [S], ConsistentRead: true }, other: [{ PutRequest: { Item: S } }] },
    TransactItems: [
      { Put: { Item: S, ...values, ExpressionAttributeValues: { ':a': { N: '1' } } } },
      { Update: { Key: S } },
      { Delete: { Key: S } },
    ],
    ExclusiveStartKey: S,
  })
  const answer = {
    Responses: { table: [S], Item: [S] },
    UnprocessedKeys: { table: { Keys: [S] } },
    UnprocessedItems: { table: [{ PutRequest: { Item: S } }] },
    Items: [S],
    Attributes: S,
    LastEvaluatedKey: S,
    Count: 1,
  }
  expect(fromWire(answer)).toEqual({
    Responses: { table: [Key], Item: [Key] },
    UnprocessedKeys: { table: { Keys: [Key] } },
    UnprocessedItems: { table: [{ PutRequest: { Item: Key } }] },
    Items: [Key],
    Attributes: Key,
    LastEvaluatedKey: Key,
    Count: 1,
  })
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60, new Date(0), () => 1, new Set(), new Set([{}])])(
  'what DynamoDB cannot keep as it is throws: %s',
  (odd) => expect(() => toWire({ Item: { odd } })).toThrow(TypeError),
)
