import { expect, test } from 'vitest'
import { bus } from '../../lib/adapters/bus.ts'
import type { LedgerFact } from '../../lib/kit/ledger.ts'
import { stubAws } from './wire.ts'

process.env.BUS_NAME = 'lotline'
const aws = await stubAws()

const fact = (version: number, data: unknown = {}): LedgerFact => ({
  entity: 'lot',
  entityId: 'lot_1',
  version,
  area: 'quality',
  type: 'LotHeld',
  data,
  at: '2026-03-02T08:00:00.000Z',
  by: { sub: 'usr-1', name: 'A' },
  command: 'quality/hold-lot',
  request: 'r1',
  previous: '',
  hash: `h${version}`,
})
const accept = (entries: unknown[]) => ({ FailedEntryCount: 0, Entries: entries.map(() => ({ EventId: 'e' })) })

test('facts go out ten at a time, each the whole ledger fact', async () => {
  aws.reply = ({ body }) => ({ body: accept(body.Entries) })
  await bus.publish(Array.from({ length: 23 }, (_, index) => fact(index + 1)))
  expect(aws.seen.map(({ body }) => body.Entries.length)).toEqual([10, 10, 3])
  const [first] = aws.seen[0]!.body.Entries
  expect(first).toMatchObject({ EventBusName: 'lotline', Source: 'lotline.quality', DetailType: 'LotHeld' })
  expect(JSON.parse(first.Detail)).toEqual(fact(1))
})

test('large facts go out fewer at a time, below the limit of bytes', async () => {
  aws.reply = ({ body }) => ({ body: accept(body.Entries) })
  await bus.publish(Array.from({ length: 5 }, (_, index) => fact(index + 1, { text: 'x'.repeat(100_000) })))
  expect(aws.seen.map(({ body }) => body.Entries.length)).toEqual([2, 2, 1])
})

test('only what was refused is offered again', async () => {
  let call = 0
  aws.reply = ({ body }) => {
    call += 1
    if (call > 1) return { body: accept(body.Entries) }
    const Entries = [{ EventId: 'e' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }]
    return { body: { FailedEntryCount: 1, Entries } }
  }
  await bus.publish([fact(1), fact(2)])
  expect(aws.seen.map(({ body }) => body.Entries.map((entry: any) => JSON.parse(entry.Detail).version))).toEqual([
    [1, 2],
    [2],
  ])
})

test('what stays refused is named', async () => {
  aws.reply = () => ({
    body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'sorry' }] },
  })
  await expect(bus.publish([fact(7)])).rejects.toThrow('refused LotHeld lot_1 #7 (InternalFailure sorry) 4 times')
  expect(aws.seen).toHaveLength(4)
})
