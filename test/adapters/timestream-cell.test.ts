import { expect, test, vi } from 'vitest'
import type { JsonService } from '#adapters/aws-call'

const asked: { operation: string; host: string }[] = []
let minutes = 10

vi.mock('../../lib/adapters/aws-call.ts', async (original) => ({
  ...(await original<typeof import('#adapters/aws-call')>()),
  call: async (service: JsonService, operation: string) => {
    asked.push({ operation, host: await service.host!('cn-north-1') })
    return operation === 'DescribeEndpoints'
      ? { Endpoints: [{ Address: `cell${asked.length}.example`, CachePeriodInMinutes: minutes }] }
      : {}
  },
}))
Object.assign(process.env, { SERIES_DATABASE: 'db', SERIES_TABLE: 'samples' })
const { series } = await import('../../lib/adapters/series-timestream.ts')
const write = () => series.write([{ deviceId: 'dev_1', at: '2026-03-02T08:00:00.000Z', measures: { t: 1 } }])

test('the cell of the account is asked for once, and again when it may have moved', async () => {
  minutes = -1
  await write()
  minutes = 10
  await write()
  await write()
  const cells = asked.filter(({ operation }) => operation === 'DescribeEndpoints')
  expect(cells.map(({ host }) => host)).toEqual(Array(2).fill('ingest.timestream.cn-north-1.amazonaws.com.cn'))
  const hosts = asked.filter(({ operation }) => operation === 'WriteRecords').map(({ host }) => host)
  expect(new Set(hosts).size).toBe(2)
  expect(hosts[1]).toBe(hosts[2])
})
