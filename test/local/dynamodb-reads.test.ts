import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, startEngine } from '../../lib/local/dynamodb-engine.ts'
import { readsOfFile } from '../../lib/local/dynamodb-reads.ts'
import { EngineConnections } from '../../lib/local/engine-connections.ts'
import { freePort } from '../cloud/running.ts'

const folder = mkdtempSync(join(tmpdir(), 'lotline-reads-'))
const TableName = 'things.of-test'
let engine: Engine
let connections: EngineConnections
let fromFile: ReturnType<typeof readsOfFile>

beforeAll(async () => {
  engine = await startEngine(join(folder, 'data.sqlite'), await freePort(27_400))
  connections = new EngineConnections(engine)
  await ofEngine('CreateTable', {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  })
  fromFile = reader()
})

afterAll(async () => {
  await engine?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const reader = () =>
  readsOfFile(engine.file!, new Map([[TableName, { arn: '', partitionKey: 'pk', text: ['pk', 'sk'] as const }]]))

async function ofEngine(operation: string, input: object): Promise<any> {
  const { status, body } = await connections.call(`DynamoDB_20120810.${operation}`, JSON.stringify(input))
  if (status !== 200) throw new Error(body.toString())
  return JSON.parse(body.toString())
}

/** The file's answer; undefined where it leaves the call to the engine. */
function ofFile(operation: string, input: object): any {
  const answer = fromFile({ operation, body: Buffer.from(JSON.stringify(input)) })
  return answer && JSON.parse(answer.body.toString())
}

const keyOf = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } })
const put = (item: object) => ofEngine('PutItem', { TableName, Item: item })
const query = (pk: string, begins?: string) => ({
  TableName,
  KeyConditionExpression: begins === undefined ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :begins)',
  ExpressionAttributeValues: { ':pk': { S: pk }, ...(begins === undefined ? {} : { ':begins': { S: begins } }) },
  ConsistentRead: true,
})
const sorted = (items: readonly any[]) => items.map((item) => JSON.stringify(item, Object.keys(item).sort())).sort()

/** Keys that share beginnings, and texts whose order shows whether bytes decide. */
const part = fc.stringMatching(/^[AB#~é批\u{1F600}]{1,3}$/u)
const scalar = fc.oneof(
  fc.record({ S: fc.string() }),
  fc.record({ N: fc.constantFrom('0', '-1', '1e3', '0.10', '12345678901234567890.5') }),
  fc.record({ BOOL: fc.boolean() }),
  fc.constant({ NULL: true }),
  fc.record({ B: fc.constantFrom('AAEC', '/w==') }),
  fc.record({ SS: fc.constant(['b', 'a']) }),
)
const value = fc.oneof(
  scalar,
  fc.record({ L: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ M: fc.record({ x: scalar }) }),
)

test('answers whatever was written as the engine does: items, batches and partitions in their order', async () => {
  const items = fc.array(fc.record({ pk: part, sk: part, value }), { minLength: 1, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(items, part, async (some, other) => {
      for (const { pk, sk, value } of some) await put({ ...keyOf(pk, sk), value })
      const all = some.map(({ pk, sk }) => [pk, sk] as const)
      const keys = [
        ...new Map([...all, [other, other] as const].map((key) => [key.join('\n'), keyOf(...key)])).values(),
      ]
      for (const Key of keys) {
        const input = { TableName, Key, ConsistentRead: true }
        expect(ofFile('GetItem', input)).toEqual(await ofEngine('GetItem', input))
      }
      const batch = { RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } }
      const [mine, theirs] = [ofFile('BatchGetItem', batch), await ofEngine('BatchGetItem', batch)]
      expect(sorted(mine.Responses[TableName])).toEqual(sorted(theirs.Responses[TableName]))
      expect(mine.UnprocessedKeys).toEqual(theirs.UnprocessedKeys)
      for (const [pk, sk] of [...all, [other, other] as const])
        for (const input of [query(pk), query(pk, sk), query(pk, [...sk][0]!)])
          expect(ofFile('Query', input)).toEqual(await ofEngine('Query', input))
    }),
    { numRuns: 60 },
  )
})

test('shows at once what the engine has answered to be written, and what was deleted', async () => {
  const Key = keyOf('ONE', 'STATE')
  for (let n = 0; n < 200; n++) {
    await put({ ...Key, n: { N: String(n) } })
    expect(ofFile('GetItem', { TableName, Key }).Item.n.N).toBe(String(n))
  }
  await ofEngine('DeleteItem', { TableName, Key })
  expect(ofFile('GetItem', { TableName, Key })).toEqual({})
})

test('leaves to the engine what it does not know: projections, pages, indexes, wrong keys, foreign tables', async () => {
  const Key = keyOf('A', 'B')
  const left: readonly (readonly [string, object])[] = [
    ['GetItem', { TableName, Key, ProjectionExpression: 'pk' }],
    ['GetItem', { TableName: 'another', Key }],
    ['GetItem', { TableName, Key: { pk: { S: 'A' } } }],
    ['GetItem', { TableName, Key: { ...Key, more: { S: 'x' } } }],
    ['GetItem', { TableName, Key: { pk: { N: '1' }, sk: { S: 'B' } } }],
    ['GetItem', { TableName, Key: keyOf('A', '') }],
    ['BatchGetItem', { RequestItems: { [TableName]: { Keys: [Key, Key] } } }],
    ['BatchGetItem', { RequestItems: { [TableName]: { Keys: [] } } }],
    ['Query', { ...query('A'), Limit: 1 }],
    ['Query', { ...query('A'), IndexName: 'list' }],
    ['Query', { ...query('A'), ExpressionAttributeValues: { ':pk': { S: 'A' }, ':unused': { S: 'x' } } }],
    ['Query', { ...query('A'), KeyConditionExpression: 'sk = :pk' }],
    ['PutItem', { TableName, Item: Key }],
  ]
  for (const [operation, input] of left) expect(ofFile(operation, input), JSON.stringify(input)).toBeUndefined()
  // More than a page of a megabyte.
  for (let n = 0; n < 4; n++) await put({ ...keyOf('LONG', `${n}`), text: { S: 'x'.repeat(300_000) } })
  expect(ofFile('Query', query('LONG'))).toBeUndefined()
  expect(ofFile('Query', query('LONG', '1')).Count).toBe(1)
})

test('refuses an empty key in a query, as DynamoDB does and the engine does not', () => {
  expect(() => ofFile('Query', query('A', ''))).toThrow('cannot contain an empty string value. Key: sk')
  expect(() => ofFile('Query', query(''))).toThrow('cannot contain an empty string value. Key: pk')
})
