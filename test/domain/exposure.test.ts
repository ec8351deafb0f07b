import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DeviceState, DeviceStatusState } from '../../lib/domain/device.ts'
import { Device, DeviceReported, DeviceStatus, report } from '../../lib/domain/device.ts'
import { Exposure, type ExposureState, excess, limitsOf } from '../../lib/domain/exposure.ts'
import type { Telemetry } from '../../lib/domain/telemetry.ts'

const limits = limitsOf('temperatureC', { minC: 2, maxC: 8 })!
const start = Date.UTC(2026, 2, 2)
const at = (minute: number) => new Date(start + minute * 60_000).toISOString()
const device: DeviceState = { ...Device.like({ limits: { minC: 2, maxC: 8 } }), id: Device.sample() }

interface Point {
  readonly minute: number
  readonly value: number
}

const messageOf = (points: readonly Point[], sequence: number): Telemetry => ({
  deviceId: device.id,
  clientId: device.id,
  receivedMs: start + 1e9,
  bootId: 'b1',
  sequence,
  readings: points.map(({ minute, value }) => ({ at: at(minute), temperatureC: value })),
})

/** A device as the table would keep it, fed message by message. */
function feed(messages: readonly Telemetry[]) {
  let status: DeviceStatusState = DeviceStatus.like()
  const exposures = new Map<string, ExposureState>()
  let count = 0
  const facts = messages.map((message) => {
    const open = status.open.map((id) => exposures.get(id)!)
    const made = report(device, status, open, message, () => Exposure.sample(++count))
    for (const fact of made) {
      if (fact.type === 'DeviceReported') status = DeviceReported.schema.parse(fact.data)
      else {
        const id = fact.data.exposureId
        exposures.set(id, { ...Exposure.schema.parse(fact.of.apply(exposures.get(id), fact.data)), id })
      }
    }
    return made.map(({ type }) => type)
  })
  return { status, exposures: [...exposures.values()], facts }
}

const spans = (exposures: readonly ExposureState[]) =>
  exposures.map(({ start, end, peak }) => [start.slice(11, 16), end?.slice(11, 16), peak])

test('readings in order make one exact interval, with its peak, that ends inside by the margin', () => {
  const values = [5, 8.1, 9.4, 8.8, 7.9, 7.5, 7]
  const { exposures, facts } = feed(values.map((value, minute) => messageOf([{ minute, value }], minute)))
  expect(spans(exposures)).toEqual([['00:01', '00:05', 9.4]])
  expect(exposures[0]).toMatchObject({ peakAt: at(2), limits: { min: 2, max: 8, margin: 0.5 } })
  expect(facts.map((types) => types.filter((type) => type !== 'DeviceReported'))).toEqual([
    [],
    ['ExposureOpened'],
    ['ExposureDeepened'],
    [],
    [],
    ['ExposureClosed'],
    [],
  ])
})

test('too cold is an exposure too, and the value farthest outside on either side is the peak', () => {
  const { exposures } = feed([
    messageOf(
      [1, 9, -4, 5].map((value, minute) => ({ minute, value })),
      0,
    ),
  ])
  expect(spans(exposures)).toEqual([['00:00', '00:03', -4]])
})

test('limits that change while an exposure is open do not change it', () => {
  const open = { ...Exposure.like({ start: at(0), peakAt: at(0) }), id: Exposure.sample() }
  const wider: DeviceState = { ...device, limits: { minC: 2, maxC: 25 } }
  const status = DeviceStatus.like({ open: [open.id], latest: { temperatureC: { at: at(0), value: 9 } } })
  const [first] = report(wider, status, [open], messageOf([{ minute: 1, value: 12 }], 1), () => Exposure.sample(2))
  expect(first).toMatchObject({ type: 'ExposureDeepened', data: { exposureId: open.id, peak: 12 } })
})

test('a narrow range still has values that end an exposure', () => {
  expect(limitsOf('temperatureC', { minC: 4, maxC: 4.8 })?.margin).toBeCloseTo(0.2)
  expect(limitsOf('humidityPct', { minC: 4 })).toBeUndefined()
})

test('a late reading that was outside gets an interval of its own and leaves the latest values alone', () => {
  const now = messageOf([{ minute: 60, value: 5 }], 9)
  const late = messageOf(
    [10, 11, 12].map((minute) => ({ minute, value: minute === 11 ? 9 : 8.5 })),
    3,
  )
  const { exposures, status, facts } = feed([now, late, late])
  expect(spans(exposures)).toEqual([['00:10', '00:12', 9]])
  expect(status.latest.temperatureC).toEqual({ at: at(60), value: 5 })
  expect(status.sequence).toBe(9)
  expect(facts[2]).toEqual([])
})

const series = fc
  .array(fc.double({ min: 0, max: 12, noNaN: true }), { minLength: 1, maxLength: 60 })
  .map((values) => values.map((value, minute) => ({ minute, value })))
const messages = fc
  .tuple(series, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 60, maxLength: 60 }))
  .map(([points, sizes]) => {
    const cut: Telemetry[] = []
    for (let from = 0; from < points.length; from += sizes[cut.length - 1]!)
      cut.push(messageOf(points.slice(from, from + sizes[cut.length]!), cut.length))
    return cut
  })

test('in whatever order and however often messages come, each reading outside is in an interval as deep', () => {
  const delivery = messages.chain((sent) =>
    fc.tuple(fc.constant(sent), fc.shuffledSubarray([...sent, ...sent], { minLength: sent.length })),
  )
  fc.assert(
    fc.property(delivery, ([sent, arrived]) => {
      const { exposures } = feed([...arrived, ...sent])
      for (const { readings } of sent)
        for (const { at, temperatureC: value = 5 } of readings) {
          if (excess(value, limits) === 0) continue
          const within = exposures.filter(({ start, end = '9' }) => start <= at && at <= end)
          expect(within.some(({ peak }) => excess(peak, limits) >= excess(value, limits))).toBe(true)
        }
    }),
    { numRuns: 300 },
  )
})

test('in order, repeats change nothing and the intervals are those of the whole series in one message', () => {
  fc.assert(
    fc.property(messages, (sent) => {
      const once = feed(sent)
      const twice = feed(sent.flatMap((message) => [message, message]))
      expect(twice.exposures).toEqual(once.exposures)
      expect(twice.status).toEqual(once.status)
      const closings = once.exposures.filter(({ end }) => end).length
      const whole = messageOf(
        sent.flatMap(({ readings }) =>
          readings.map(({ at, temperatureC = 0 }) => ({
            minute: (Date.parse(at) - start) / 60_000,
            value: temperatureC,
          })),
        ),
        0,
      )
      if (closings < 8) expect(feed([whole]).exposures).toEqual(once.exposures)
    }),
    { numRuns: 300 },
  )
})
