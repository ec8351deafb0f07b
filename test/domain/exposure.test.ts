import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Device } from '../../lib/domain/device.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { type Interval, intervalsOf, limitsOf } from '../../lib/domain/intervals.ts'
import { type Arrival, arrivalOf } from '../../lib/domain/telemetry.ts'
import { DeviceInMemory } from './device-memory.ts'

const id = Device.sample()
const start = Date.UTC(2026, 2, 2)
const at = (minute: number) => new Date(start + minute * 60_000).toISOString()
const example = DeviceStatus.like()
const temperature = example.dictionary.metrics[0]!
const places = [
  { since: at(-60), locationId: 'loc_1', limits: { minC: 2, maxC: 8 } },
  { since: at(3000), locationId: 'loc_2', limits: { maxC: -18 } },
]
const device = () => new DeviceInMemory(id, { ...example, places: places.slice(0, 1) })

interface Measured {
  readonly minute: number
  readonly value: number
}

const message = (points: readonly Measured[], sequence: number, receivedMinute = 10_000): Arrival =>
  arrivalOf(id, start + receivedMinute * 60_000, {
    ...{ bootId: 'b1', sequence },
    readings: points.map(({ minute, value }) => ({ at: at(minute), temperatureC: value })),
  })

function feed(messages: readonly Arrival[]): DeviceInMemory {
  const mine = device()
  for (const one of messages) mine.receive(one)
  mine.settle()
  return mine
}

const series = (values: readonly number[], from = 0): Measured[] =>
  values.map((value, index) => ({ minute: from + index, value }))
const eachAlone = (values: readonly number[]) => series(values).map((point, index) => message([point], index))
const spans = (mine: DeviceInMemory) =>
  mine.standing().map(({ start, end, peak }) => [start.slice(11, 16), end?.slice(11, 16), peak])

test('readings in order make one exact interval, with its peak, that ends inside by the margin', () => {
  const mine = feed(eachAlone([5, 8.1, 9.4, 8.8, 7.9, 7.5, 7]))
  expect(spans(mine)).toEqual([['00:01', '00:05', 9.4]])
  expect(mine.standing()[0]).toMatchObject({ peakAt: at(2), limits: { min: 2, max: 8, margin: 0.5 } })
  expect(mine.facts.filter((type) => type !== 'DeviceReported')).toEqual([
    'ExposureOpened',
    'ExposureDeepened',
    'ExposureClosed',
  ])
})

test('too cold is an exposure too, and the value farthest outside on either side is the peak', () => {
  expect(spans(feed([message(series([1, 9, -4, 5]), 0)]))).toEqual([['00:00', '00:03', -4]])
})

test('limits that change while an exposure is open do not change it', () => {
  const mine = device()
  mine.receive(message(series([9]), 0))
  const wider = { since: at(0), locationId: 'loc_1', limits: { minC: 2, maxC: 25 } }
  mine.status = { ...mine.status, places: [...mine.status.places, wider] }
  mine.receive(message(series([12, 20, 7], 1), 1))
  expect(spans(mine)).toEqual([['00:00', '00:03', 20]])
})

test('a sensor that moves ends its exposure there; what comes late is judged by the place it was measured at', () => {
  const mine = device()
  mine.receive(message(series([9, 10]), 0))
  mine.status = { ...mine.status, places: [...mine.status.places, { ...places[1]!, since: at(10) }] }
  mine.receive(message(series([-20, -17, -20], 20), 1))
  mine.receive(message(series([11], 5), 2))
  mine.settle()
  expect(spans(mine)).toEqual([
    ['00:00', '00:10', 11],
    ['00:21', '00:22', -17],
  ])
  expect(mine.standing().map(({ locationId }) => locationId)).toEqual(['loc_1', 'loc_2'])
})

test('a narrow range still has values that end an exposure, and a metric without limits has none', () => {
  expect(limitsOf(temperature, { limits: { minC: 4, maxC: 4.8 } })?.margin).toBeCloseTo(0.2)
  expect(limitsOf(temperature, {})).toBeUndefined()
  expect(limitsOf({ ...temperature, alarm: { max: 70 } }, {})).toEqual({ max: 70, margin: 0.5 })
})

test('a late reading outside, between two that were inside, gets an interval of its own', () => {
  const mine = feed([message(series([5], 60), 9), message(series([8.5, 9, 8.5], 10), 3), message(series([7], 20), 4)])
  expect(spans(mine)).toEqual([['00:10', '00:20', 9]])
  expect(mine.status.latest.temperatureC).toEqual({ at: at(60), value: 5 })
  expect(mine.status.sequence).toBe(9)
})

test('a late reading inside cuts an exposure in two, and the revision says what was recorded before', () => {
  const mine = feed([message(series([12, 9], 0), 0), message(series([9.5, 10], 4), 2), message(series([5], 2), 1)])
  expect(spans(mine)).toEqual([
    ['00:00', '00:02', 12],
    ['00:04', undefined, 10],
  ])
})

test('late readings that can change nothing are judged once, and those that come during a judgement are not lost', () => {
  const calm = feed([message(series([5, 6], 10), 1), message(series([5, 6], 0), 0)])
  expect(calm.facts).toEqual(['DeviceReported', 'DeviceReported'])
  const mine = device()
  mine.receive(message(series([5], 10), 2))
  mine.receive(message(series([9], 0), 0))
  mine.judgeLate(() => mine.receive(message(series([5], 3), 1)))
  mine.settle()
  expect(spans(mine)).toEqual([['00:00', '00:03', 9]])
})

test('an exposure that readings which came late deny is withdrawn', () => {
  const later = message(series([9], 10), 3)
  const mine = feed([message(series([9], 0), 0), message(series([9], 5), 1), message(series([5], 7), 2), later])
  const before = spans(mine)
  mine.receive(message(series([5, 9], 1), 4))
  mine.settle()
  expect(before).toHaveLength(2)
  expect(spans(mine)).toEqual([
    ['00:00', '00:01', 9],
    ['00:02', '00:07', 9],
    ['00:10', undefined, 9],
  ])
})

test('a message that comes twice writes nothing, except when it was heard last', () => {
  const first = message(series([9, 10]), 0)
  const mine = feed([first, first])
  expect(mine.facts).toEqual(['ExposureOpened', 'DeviceReported'])
  mine.receive({ ...first, receivedMs: first.receivedMs + 1 })
  expect(mine.facts).toHaveLength(3)
})

test('a hundred readings that flap are all judged, in more than one transaction', () => {
  const flapping = series(Array.from({ length: 100 }, (_, index) => (index % 2 ? 20 : 5)))
  const mine = feed([message(flapping, 0)])
  expect(mine.standing()).toHaveLength(50)
  expect(mine.facts.filter((type) => type === 'ReadingsCameLate').length).toBeGreaterThan(1)
})

const values = fc.array(fc.double({ min: 0, max: 12, noNaN: true }), { minLength: 1, maxLength: 40 })
const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 40, maxLength: 40 })

/** The readings, packed into messages; each is received a little later than the one before. */
function packed(measured: readonly number[], sizes: readonly number[]): Arrival[] {
  const messages: Arrival[] = []
  for (let from = 0; from < measured.length; ) {
    const some = series(measured.slice(from, from + sizes[messages.length]!), from)
    messages.push(message(some, messages.length, 200 + messages.length))
    from += some.length
  }
  return messages
}

test('the exposures are those of the whole series judged at once, whatever the packing and the order', () => {
  fc.assert(
    fc.property(values, cuts, fc.infiniteStream(fc.nat()), (measured, sizes, chance) => {
      const whole = intervalsOf(
        temperature,
        places,
        series(measured).map(({ minute, value }) => ({ at: at(minute), value })),
        undefined,
        1000,
      ).intervals.filter(Boolean) as Interval[]
      const mine = device()
      const order = packed(measured, sizes).map((one) => ({ one, rank: chance.next().value as number }))
      // Now and then it comes between the reading of the series and the judgement.
      for (const { one } of order.sort((a, b) => a.rank - b.rank))
        if ((chance.next().value as number) % 2 && mine.late.length > 0) mine.judgeLate(() => mine.receive(one))
        else {
          mine.receive(one)
          if ((chance.next().value as number) % 2) mine.judgeLate()
        }
      mine.settle()
      expect(mine.standing().map(({ start, end, peak }) => ({ start, end, peak }))).toEqual(
        whole.map(({ start, end, peak }) => ({ start, end, peak })),
      )
    }),
    { numRuns: 500 },
  )
})

/** A day as it was recorded: two metrics, a move, repeats, a week's delay, and clocks that are a year off. */
function recorded(): Arrival[] {
  const reading = (minute: number) => ({
    at: at(minute),
    temperatureC: minute >= 3000 ? -20 + (minute % 7) : 5 + 4 * Math.sin(minute / 3),
    ...(minute % 3 ? { humidityPct: 40 + (minute % 30) } : {}),
  })
  const times = [...Array.from({ length: 60 }, (_, index) => index), 3000, 3001, 3002, 3003, 3010, 3020]
  const messages = Array.from({ length: 11 }, (_, sequence) =>
    arrivalOf(id, start + (3100 + sequence) * 60_000, {
      ...{ bootId: sequence < 5 ? 'b1' : 'b2', sequence: sequence % 5 },
      readings: times.slice(sequence * 6, sequence * 6 + 6).map(reading),
    }),
  )
  const late = arrivalOf(id, start + 7 * 86_400_000, { bootId: 'b2', sequence: 77, readings: [reading(2)] })
  const yearOff = [-365, 365].map((days) =>
    arrivalOf(id, start + 3200 * 60_000, {
      ...{ bootId: 'b9', sequence: 0 },
      readings: [{ at: new Date(start + days * 86_400_000).toISOString(), temperatureC: 30 }],
    }),
  )
  const again = [messages[3]!, { ...messages[4]!, receivedMs: messages[4]!.receivedMs + 90_000 }]
  return [...messages, ...again, late, ...yearOff]
}

const shuffles = Number(process.env.SHUFFLES ?? 1000)

test(
  `${shuffles} shuffles of a recorded stream end in the same series, state and exposures`,
  () => {
    const stream = recorded()
    const outcomeOf = (order: readonly Arrival[], chance: () => number) => {
      const mine = new DeviceInMemory(id, { ...example, places })
      for (const arrival of order) {
        mine.receive(arrival)
        if (chance() < 0.5) mine.judgeLate()
      }
      mine.settle()
      expect(mine.refused.toSorted()).toEqual(['reading-from-future', 'reading-too-old'])
      return JSON.stringify(mine.outcome())
    }
    const inOrder = outcomeOf(stream, () => 1)
    expect(JSON.parse(inOrder).exposures.length).toBeGreaterThan(3)
    let seed = 1
    const chance = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    const different = Array.from({ length: shuffles }, () => {
      const ranked = stream.map((arrival) => ({ arrival, rank: chance() })).sort((a, b) => a.rank - b.rank)
      return outcomeOf(
        ranked.map(({ arrival }) => arrival),
        chance,
      )
    }).filter((outcome) => outcome !== inOrder)
    expect(different).toEqual([])
  },
  Math.max(120_000, 60 * shuffles),
)
