import { expect, test } from 'vitest'
import { table } from '../../lib/adapters/table.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { Lot } from '../../lib/domain/lot.ts'
import type { Write } from '../../lib/kit/table.ts'
import { stubAws } from './wire.ts'

process.env.TABLE_NAME = 'lotline'
const aws = await stubAws()

const state = (expect: number): Write => ({
  kind: 'state',
  entity: DeviceStatus,
  expect,
  next: { id: 'dev_1', version: expect + 1, head: '', facts: 0, data: DeviceStatus.like() },
})

test('a state alone is one plain write, on the condition of its version', async () => {
  expect(await table.transact([state(3)])).toEqual({ done: true })
  expect(aws.seen.map(({ operation }) => operation)).toEqual(['PutItem'])
  expect(aws.seen[0]!.body).toMatchObject({
    ConditionExpression: '#version = :expect',
    ExpressionAttributeValues: { ':expect': { N: '3' } },
  })
})

test('what stood in its way is said as of a transaction', async () => {
  for (const [error, failed] of [
    ['ConditionalCheckFailedException', 0],
    ['TransactionConflictException', undefined],
  ] as const) {
    aws.reply = () => ({ status: 400, error })
    expect(await table.transact([state(0)])).toEqual({ done: false, failed, found: undefined })
  }
})

test('more than a state is a transaction', async () => {
  await table.transact([state(0), state(1)])
  expect(aws.seen.map(({ operation }) => operation)).toEqual(['TransactWriteItems'])
})

test('what is asked in one turn travels in one call, also a lot and its stock at a place, which share a partition', async () => {
  aws.reply = ({ body }) => {
    const keys: { pk: { S: string }; sk: { S: string } }[] = body.RequestItems.lotline.Keys
    const items = keys.map((key) =>
      key.sk.S === 'STATE'
        ? { ...key, id: { S: 'lot_1' }, version: { N: '3' }, head: { S: '' }, facts: { N: '3' }, data: { S: '{}' } }
        : { ...key, quantity: { N: '40' } },
    )
    return { body: { Responses: { lotline: items }, UnprocessedKeys: {} } }
  }
  for (const order of ['states first', 'stock first']) {
    const states = () => table.states([{ entity: Lot, id: 'lot_1' }])
    const stock = () => table.quantitiesAt('loc_1', ['lot_1'])
    const asked = order === 'states first' ? [states(), stock()] : [stock(), states()]
    const [found, quantities] =
      order === 'states first' ? await Promise.all(asked) : (await Promise.all(asked)).reverse()
    expect(found, order).toMatchObject([{ id: 'lot_1', version: 3 }])
    expect(quantities, order).toEqual([40])
  }
  expect(aws.seen.map(({ operation }) => operation)).toEqual(['BatchGetItem', 'BatchGetItem'])
})
