import { spawnSync } from 'node:child_process'
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lot } from '#domain/lot'
import { keys, tailShards } from '#kit/keys'
import { Works } from '../commands/works.ts'
import { Sealing } from './sealing.ts'

const sealing = new Sealing()
const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')
const put = (Item: Record<string, unknown>) =>
  sealing.adapters.dynamo.send(new PutCommand({ TableName: sealing.adapters.tableName(), Item }))
const drop = (pk: string, sk: string) =>
  sealing.adapters.dynamo.send(new DeleteCommand({ TableName: sealing.adapters.tableName(), Key: { pk, sk } }))

beforeAll(async () => {
  await sealing.start(21_230)
  await playInto()
}, 120_000)
afterAll(() => sealing.table.stop())

/** What a small works did, written as its commands would have written it, and sealed halfway. */
async function playInto(): Promise<void> {
  const works = new Works()
  const [part, device] = [works.item(), works.item()]
  const [first, second] = [await works.bought(part), await works.bought(part)]
  const order = await works.order(device, { [first]: 2, [second]: 2 })
  const [unit] = await works.made(order, 2)
  const shipment = await works.shipped('C-1', { [unit!]: 1 })
  await works.delivered(shipment)
  await works.returned(shipment, unit!)
  const { items, edges } = works.desk.table
  for (const [key, item] of items) {
    const [pk, sk] = key.split('/') as [string, string?]
    if (sk?.startsWith(keys.factPrefix)) await put({ pk, sk, fact: JSON.parse(JSON.stringify(item)) })
    else if (!sk && typeof item?.id === 'string') await put({ pk, sk: keys.state, ...JSON.parse(JSON.stringify(item)) })
  }
  const half = Math.ceil(edges.length / 2)
  await sealing.record(edges.slice(0, half), 2)
  await sealing.sealer().seal(sealing.later())
  await sealing.record(edges.slice(half), 2)
}

async function findings(): Promise<string[]> {
  const { verifyGenealogy } = await import('../../lib/verify.ts')
  return (await verifyGenealogy(root)).findings.map(({ name }) => name)
}

test('a genealogy that holds has no findings, before and after its tail is sealed', async () => {
  expect(await findings()).toEqual([])
  await sealing.sealer().seal(sealing.later())
  expect(await findings()).toEqual([])
}, 120_000)

test('each fault is found and named, the command fails, and what was damaged can be made anew', async () => {
  const { dynamo, tableName } = sealing.adapters
  await put({ pk: `LOT#${Lot.sample(900)}`, sk: keys.state, id: Lot.sample(900) })
  expect(await findings()).toEqual(['lot-without-parents'])
  await drop(`LOT#${Lot.sample(900)}`, keys.state)

  // One delta is lost, as no transaction can lose it.
  for (let shard = 0; shard < tailShards; shard += 1) {
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName: tableName(),
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': keys.tail(0, shard) },
      }),
    )
    if (!Items[0]) continue
    await drop(Items[0].pk, Items[0].sk)
    expect(new Set(await findings())).toEqual(new Set(['edge-not-in-log']))
    await put(Items[0])
    break
  }

  const { manifest } = await sealing.store().head()
  const [segment, entry] = [...manifest.segments.entries()].find(([, one]) => one)! as [number, { slot: number }]
  await drop(keys.segment(segment), `REST#${entry.slot}`)
  expect(await findings()).toContain('part-damaged')
  const verify = (...options: string[]) =>
    spawnSync(process.execPath, [`${root}/bin/verify-genealogy.ts`, ...options], { encoding: 'utf8' })
  const { error, status, stdout } = verify()
  expect(error).toBeUndefined()
  expect(stdout).toContain(`part-damaged: segment ${segment}`)
  expect(status).toBe(1)

  const rebuilt = verify('--rebuild')
  expect(rebuilt.stdout).toContain('The genealogy holds')
  expect(rebuilt.status).toBe(0)
}, 120_000)

test('a fact whose edges were never sealed shows in its segment', async () => {
  const stray = { kind: 'split', from: Lot.sample(1), to: Lot.sample(2), at: '2026-03-02T08:00:00.000Z' } as const
  await sealing.record([{ ...stray, recordedAt: stray.at, fact: { entityId: Lot.sample(2), version: 9 } }])
  expect(await findings()).toContain('edge-without-fact')
})
