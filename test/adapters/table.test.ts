import { expect, test } from 'vitest'
import { table } from '../../lib/adapters/table.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
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
