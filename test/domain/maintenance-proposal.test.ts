import { expect, test } from 'vitest'
import { handler as propose } from '../../lambdas/iot/propose-maintenance.ts'
import { Device } from '../../lib/domain/device.ts'
import type { Metric } from '../../lib/domain/device-kind.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { wordsOf } from '../../lib/domain/finding-words.ts'
import { Item } from '../../lib/domain/item.ts'
import { dueOf, MaintenanceProposal, watched, watchedSince } from '../../lib/domain/maintenance-proposal.ts'
import type { Finding } from '../../lib/domain/prediction.ts'
import { Suspicion } from '../../lib/domain/suspicion.ts'

const start = Date.UTC(2026, 0, 1)
const at = (hour: number) => new Date(start + hour * 3_600_000).toISOString()
const ripple = (hour: number) => 0.1 * Math.sin(hour * 1.7)
const metric: Metric = {
  ...{ code: 'vibration', unit: 'mm/s', min: 0, max: 50, alarm: { max: 7.1 }, margin: 0, drivenBy: 'loadPct' },
}
const load: Metric = { code: 'loadPct', unit: '%', min: 0, max: 100, margin: 0 }

const hourly = (value: (hour: number) => number, count: number) =>
  Array.from({ length: count }, (_, hour) => ({ at: at(hour), mean: value(hour) + ripple(hour) }))

const wearing = hourly((hour) => 2 + Math.max(0, hour - 300) * 0.015, 600)

test('a worn machine is due, with since when, until when and why in both languages', () => {
  const [due] = dueOf([watched(metric, { values: wearing, drivers: [] })]) as [any]
  expect(due).toMatchObject({ metric: 'vibration', side: 'up', limit: 7.1 })
  expect(Math.abs(Date.parse(due.since) - Date.parse(at(300)))).toBeLessThan(48 * 3_600_000)
  // 2 + 0.015 an hour meets 7.1 at hour 640.
  expect(Math.abs(Date.parse(due.limitAt!.expected) - Date.parse(at(640)))).toBeLessThan(12 * 3_600_000)
  expect(due.why.en).toContain('vibration is above what is usual for this device since 2026-01-1')
  expect(due.why.zh).toContain('高于该设备的正常水平')
  expect(dueOf([watched(metric, { values: [], drivers: [] })])).toEqual([])
})

test('a change too small by itself is due where another metric bears it out', () => {
  const temperature: Metric = { code: 'temperature', unit: '°C', min: 0, max: 150, alarm: { max: 85 }, margin: 0 }
  const slight = watched(metric, { values: hourly((hour) => 2 + Math.max(0, hour - 300) * 0.005, 620), drivers: [] })
  const warmth = (rise: number) =>
    watched(temperature, { values: hourly((hour) => 45 + Math.max(0, hour - 300) * rise, 620), drivers: [] })
  expect(dueOf([slight, warmth(0)])).toEqual([])
  expect(dueOf([slight, warmth(0.01)]).map(({ metric }) => metric)).toEqual(['vibration'])
})

test('what the load explains is no wear', () => {
  const drivers = hourly((hour) => (hour < 500 ? 40 + 20 * Math.sin(hour / 9) : 50 + 0.15 * (hour - 500)), 800)
  const values = drivers.map(({ at, mean }) => ({ at, mean: 1 + 0.05 * mean }))
  expect(dueOf([watched(metric, { values, drivers })])).toEqual([])
  expect(dueOf([watched(metric, { values, drivers: [] })])).toHaveLength(1)
})

test('a metric is watched since its last settlement, and not while a proposal is open', () => {
  const [now, settledAt] = ['2026-03-02T08:00:00.000Z', '2026-02-20T08:00:00.000Z']
  const settled = MaintenanceProposal.like({ status: 'done', settledAt })
  expect(watchedSince([], 'vibration', now)).toBe('2026-01-01T08:00:00.000Z')
  expect(watchedSince([settled], 'vibration', now)).toBe(settledAt)
  expect(watchedSince([settled], 'temperature', now)).toBe('2026-01-01T08:00:00.000Z')
  expect(watchedSince([settled, MaintenanceProposal.like()], 'vibration', now)).toBeUndefined()
})

const finding: Finding = {
  ...{
    metric: 'temperature',
    unit: '°C',
    side: 'down',
    since: 0,
    usual: 37,
    first: 37,
    level: 35,
    spreads: -8,
    anomalies: 0,
  },
  ...{ sureness: 0.9987, limit: 30, left: { hours: 240, earliest: 120 } },
}

test('words say how sure a trend is, that it may never meet its limit, and that it did', () => {
  expect(wordsOf(finding).en).toBe(
    'temperature is below what is usual for this device since 1970-01-01: 35 °C instead of 37 °C, 8 times its usual variation. If it goes on like this it meets its limit of 30 °C in about 10 days (90 % between 5 and never). That there is a trend is 99.8 % sure.',
  )
  expect(wordsOf(finding).zh).toContain('约 10 天后达到限值 30 °C（90% 区间：5 天至 永不）')
  const passed = { ...finding, left: { hours: 0, earliest: 0, latest: 0 } }
  expect(wordsOf(passed).en).toContain('It is beyond its limit of 30 °C.')
  expect(wordsOf({ ...finding, limit: undefined, left: undefined }).en).toMatch(/usual variation\.$/)
})

/** What the reaction sees: this device, or this fleet, its proposals and its series. */
function plant({ devices = [Device.like()], proposals = [], suspects = [], values = wearing }: any) {
  const stored = (data: object, index = 0) => ({
    ...{ id: Device.sample(index + 1), version: 1, head: '', facts: 1, data: { ...data } },
  })
  const lists: Record<string, object[]> = { device: devices, suspicion: suspects, 'maintenance-proposal': proposals }
  const asked: string[] = []
  const ports = {
    table: {
      list: async (_: string, { name }: { name: string }) => ({ items: lists[name]!.map(stored) }),
      states: async (keys: { entity: { name: string } }[]) =>
        keys.map(({ entity }) =>
          entity.name === 'device-status'
            ? stored(DeviceStatus.like({ dictionary }))
            : entity.name === 'item'
              ? stored(Item.like({ code: 'SEAL-7' }))
              : undefined,
        ),
    },
    series: {
      summarize: async (_: string, code: string) => {
        asked.push(code)
        return code === 'vibration' ? values : []
      },
    },
  }
  const look = async (now: string): Promise<any> => propose.perform!({}, {}, ports as never, { now } as never)
  return { look, asked }
}
const dictionary = { metrics: [metric, load], texts: [] }

test('each device is looked at in one hour of the day, and only what has no open proposal is proposed', async () => {
  const [id, now] = [Device.sample(), at(600)]
  const { look, asked } = plant({})
  const { due } = await look(now)
  expect(due).toMatchObject([{ metric: 'vibration', deviceId: id, siteId: Device.like().siteId }])
  expect(asked).toEqual(['vibration', 'loadPct'])
  expect((await look(at(601))).due).toEqual([])
  expect(asked).toHaveLength(2)
  expect((await plant({ proposals: [MaintenanceProposal.like()] }).look(now)).due).toEqual([])
})

test('a device that left what is usual, but not far enough, is looked at every hour from then on', async () => {
  const slight = hourly((hour) => 2 + Math.max(0, hour - 300) * 0.005, 600)
  const { suspected, due } = await plant({ values: slight }).look(at(600))
  expect(due).toEqual([])
  const day = at(600).slice(0, 10)
  expect(suspected).toEqual([{ deviceId: Device.sample(), siteId: Device.like().siteId, day, metrics: ['vibration'] }])
  const again = plant({ values: slight, suspects: [Suspicion.like({ deviceId: Device.sample(), day })] })
  expect(await again.look(at(601))).toEqual({ due: [], suspected: [] })
  expect(again.asked).toContain('vibration')
})

test('a new device that shows nothing is due at the age at which its kind fails, and says by whose lives', async () => {
  const seal = Item.sample(7)
  const day = (count: number) => at(count * 24)
  // Each of the fleet lost its seal after about 100 days, and has a new one.
  const fleet = [92, 95, 97, 99, 100, 101, 103, 105, 108].map((age) =>
    Device.like({ inUseSince: day(-age - 1), renewals: [{ at: day(-1), failed: true, itemIds: [seal] }] }),
  )
  const quiet = hourly(() => 2, 600)
  const fresh = (age: number) => Device.like({ inUseSince: day(-age), renewals: [] })
  const look = (device: object, more: object = {}) =>
    plant({ devices: [device, ...fleet], values: quiet, ...more }).look(at(0))
  expect((await look(fresh(20))).due).toEqual([])
  const [aged] = (await look(fresh(98))).due
  expect(aged).toMatchObject({
    ...{ metric: 'age', deviceId: Device.sample(), since: day(-98), level: 98 * 24 },
    wear: { itemId: seal, by: 'calendar', failures: 9, devices: 10, lives: 19 },
  })
  expect(aged.wear.chance.low).toBeGreaterThan(0.5)
  expect(aged.why.en).toMatch(/^Part SEAL-7 has been there for 2352 hours, since .* 9 ended by failure.*\(90 % between/)
  expect(aged.why.zh).toContain('同类 10 台设备')
  expect(MaintenanceProposal.schema.parse({ ...aged, status: 'open', proposedAt: at(0) })).toBeTruthy()
  // A fleet that never failed gives no reason; nor is the same asked twice in one life.
  expect((await plant({ devices: [fresh(98)], values: quiet }).look(at(0))).due).toEqual([])
  const settled = MaintenanceProposal.like({ metric: 'age', status: 'dismissed', settledAt: day(-2) })
  expect((await look(fresh(98), { proposals: [settled] })).due).toEqual([])
})
