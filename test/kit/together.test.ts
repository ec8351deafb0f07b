import type { SQSEvent } from 'aws-lambda'
import { beforeEach, describe, expect, test } from 'vitest'
import { handler as ingest } from '../../lambdas/iot/ingest-telemetry.ts'
import { Device } from '../../lib/domain/device.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { arrivalOf } from '../../lib/domain/telemetry.ts'
import { serve } from '../../lib/kit/serve.ts'
import { MemoryTable } from './memory.ts'

const now = Date.now()
/** How many samples each write of the series held, and whether two were under way at once. */
let written: number[]
let atOnce: number
let handle: (event: SQSEvent) => Promise<{ batchItemFailures: { itemIdentifier: string }[] }>

/** A value at which the series breaks. */
const breaking = 9.9

beforeEach(() => {
  const table = new MemoryTable()
  table.given(DeviceStatus, { ...DeviceStatus.like(), id: Device.sample() })
  ;[written, atOnce] = [[], 0]
  let writing = 0
  const write = async (samples: { measures: Record<string, unknown> }[]) => {
    atOnce = Math.max(atOnce, ++writing)
    await new Promise((resolve) => setTimeout(resolve, 1))
    writing -= 1
    if (samples.some(({ measures }) => measures.temperatureC === breaking)) throw new Error('the series broke')
    written.push(samples.length)
  }
  const ports = { series: { write } as never, lake: { put: async () => {} } as never }
  handle = serve(ingest, { name: 'iot/ingest-telemetry', table, ports })
})

/** Messages of one device, each with its temperature and how often it was given out. */
const batch = (...sent: [temperatureC: number, attempt: number][]) =>
  ({
    Records: sent.map(([temperatureC, attempt], sequence) => ({
      messageId: `${sequence}`,
      body: JSON.stringify(
        arrivalOf(Device.sample(), now, {
          ...{ bootId: 'b1', sequence },
          readings: [{ at: new Date(now - 60_000 + sequence * 1000).toISOString(), temperatureC }],
        }),
      ),
      attributes: { ApproximateReceiveCount: String(attempt) },
    })),
  }) as unknown as SQSEvent

describe('messages of one device in one batch', () => {
  test('never meet: first those that are new, then those that were given out before', async () => {
    const { batchItemFailures } = await handle(batch([5, 1], [5.1, 2], [5.2, 1], [5.3, 1], [5.4, 3]))
    expect([batchItemFailures, written, atOnce]).toEqual([[], [3, 2], 1])
  })

  test('come back together when they fail at first, alone when one of them fails again', async () => {
    const first = await handle(batch([5, 1], [breaking, 1]))
    expect(first.batchItemFailures.map((one) => one.itemIdentifier)).toEqual(['0', '1'])
    const again = await handle(batch([5, 2], [breaking, 2], [5.2, 2]))
    expect(again.batchItemFailures.map((one) => one.itemIdentifier)).toEqual(['1'])
    expect(written).toEqual([1, 1])
  })
})
