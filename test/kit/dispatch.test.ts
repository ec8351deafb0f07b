import type { SQSEvent } from 'aws-lambda'
import { beforeEach, describe, expect, test } from 'vitest'
import { handler as mes } from '../../lambdas/iot/act-on-mes-event.ts'
import { handler as issueMaterial } from '../../lambdas/production/issue-material.ts'
import { handler as recordOutput } from '../../lambdas/production/record-output.ts'
import { handler as startOrder } from '../../lambdas/production/start-order.ts'
import { Device } from '../../lib/domain/device.ts'
import { messageFrom } from '../../lib/domain/device-message.ts'
import { Item } from '../../lib/domain/item.ts'
import { Location } from '../../lib/domain/location.ts'
import { Order } from '../../lib/domain/order.ts'
import { keys } from '../../lib/kit/keys.ts'
import type { Quarantined } from '../../lib/kit/ports.ts'
import { serve } from '../../lib/kit/serve.ts'
import { MemoryTable } from './memory.ts'

const commands = {
  'production/start-order': startOrder,
  'production/issue-material': issueMaterial,
  'production/record-output': recordOutput,
}
const now = Date.now()
const at = new Date(now).toISOString()
const output = {
  id: 'm-2',
  at,
  event: 'output-recorded',
  order: 'PO-1',
  location: 'A-01',
  lot: 'P-1',
  quantity: 5,
  unit: 'each',
}
const start = { id: 'm-1', at, event: 'order-started', order: 'PO-1' }

let table: MemoryTable
let aside: Quarantined[]
let handle: (event: SQSEvent) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>

beforeEach(() => {
  table = new MemoryTable()
  aside = []
  const quarantine = { put: async (message: Quarantined) => void aside.push(message) }
  handle = serve(mes, { name: 'iot/act-on-mes-event', table, ports: { quarantine }, commands })
  table.given(Device, { ...Device.like({ thingType: 'controller', status: 'certified' }), id: Device.sample() })
  table.given(Order, { ...Order.like({ number: 'PO-1', status: 'planned', bomId: undefined }), id: Order.sample() })
  table.given(Item, { ...Item.like(), id: Item.sample() })
  table.given(Location, { ...Location.like(), id: Location.sample() })
  table.items.set(keys.unique(Order, 'number', 'PO-1'), Order.sample())
  table.items.set(keys.unique(Location, 'code', Location.unique.code!(Location.like())!), Location.sample())
})

/** A batch in which each message was received so many milliseconds after the first. */
const batch = (...sent: { message: object; after: number; attempt?: number }[]) =>
  ({
    Records: sent.map(({ message, after, attempt = 1 }, index) => ({
      messageId: `${index}`,
      body: JSON.stringify(messageFrom(Device.sample(), now + after, message)),
      attributes: { ApproximateReceiveCount: String(attempt) },
    })),
  }) as unknown as SQSEvent

const facts = async () =>
  (await table.history(Order, Order.sample())).map(({ type, command, by }) => [type, command, by.sub])
const started = ['OrderStarted', 'production/start-order', Device.sample()]
const recorded = ['OutputRecorded', 'production/record-output', Device.sample()]

describe('a message that means a business command', () => {
  test('is done in the order of receipt, by the command itself, in the name of the device', async () => {
    const { batchItemFailures } = await handle(batch({ message: output, after: 20 }, { message: start, after: 10 }))
    expect([batchItemFailures, aside]).toEqual([[], []])
    expect(await facts()).toEqual([started, recorded])
  })

  test('is done once, also when the device sends it again later', async () => {
    for (const after of [10, 500, 900]) await handle(batch({ message: start, after }))
    expect([await facts(), aside]).toEqual([[started], []])
  })

  test('under an id that said something else is put aside', async () => {
    await handle(batch({ message: start, after: 10 }))
    await handle(batch({ message: { ...output, id: 'm-1' }, after: 20 }))
    expect(aside.map(({ cause }) => cause.code)).toEqual(['key-reused'])
    expect(await facts()).toEqual([started])
  })

  test('waits for one that is still on its way, and not for ever', async () => {
    const early = await handle(batch({ message: output, after: 10 }))
    expect([early.batchItemFailures, aside]).toEqual([[{ itemIdentifier: '0' }], []])
    const last = await handle(batch({ message: output, after: 10, attempt: 5 }))
    expect([last.batchItemFailures, aside.map(({ cause }) => cause.code)]).toEqual([[], ['order-not-started']])
    expect(aside[0]!.cause.zh).toContain('PO-1')
  })

  test('is not done for another site', async () => {
    table.given(Device, { ...Device.like({ siteId: 'sit_00000000000000000000000002' }), id: Device.sample() })
    await handle(batch({ message: start, after: 10 }))
    expect([await facts(), aside.map(({ cause }) => cause.code)]).toEqual([[], ['site-foreign']])
  })
})
