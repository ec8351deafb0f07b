import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Metric } from '../../lib/domain/device-kind.ts'
import { baselineOf, changeOf, deviationOf, noDrift, step } from '../../lib/domain/drift.ts'
import { isDue, MetricWatch } from '../../lib/domain/prediction.ts'
import { condense, timeLeft, trendOf } from '../../lib/domain/trend.ts'
import { chanceOfFailure, weibullOf } from '../../lib/domain/weibull.ts'
import { Chance } from '../fuzz/chance.ts'

const hours = (count: number) => Array.from({ length: count }, (_, hour) => hour)
const noise = (seed: number) => {
  const chance = new Chance(seed)
  return () => chance.next() + chance.next() + chance.next() - 1.5
}
const seeds = fc.integer({ min: 1, max: 1e6 })
const metric: Metric = { code: 'vibration', unit: 'mm/s', min: 0, max: 50, alarm: { max: 7 }, margin: 0 }

test('a trend is exact on a line, whatever a quarter of its points says', () => {
  fc.assert(
    fc.property(fc.double({ min: -5, max: 5, noNaN: true }), seeds, (slope, seed) => {
      const wild = noise(seed)
      const points = hours(40).map((hour) => ({ hour, value: hour % 4 === 3 ? 1000 * wild() : 2 + slope * hour }))
      expect(trendOf(points)!.slope).toBeCloseTo(slope, 6)
    }),
    { numRuns: 50 },
  )
})

test('the bounds of a trend hold the true slope about as often as they say', () => {
  const runs = 400
  const held = hours(runs).filter((seed) => {
    const wild = noise(seed + 1)
    const trend = trendOf(hours(30).map((hour) => ({ hour, value: 0.1 * hour + wild() })))!
    expect(trend.low).toBeLessThanOrEqual(trend.slope)
    expect(trend.high).toBeGreaterThanOrEqual(trend.slope)
    return trend.low <= 0.1 && 0.1 <= trend.high
  }).length
  expect(held / runs).toBeGreaterThan(0.86)
  expect(held / runs).toBeLessThan(0.95)
})

test('the order of points does not matter to a trend, and too few or simultaneous points show none', () => {
  const points = hours(20).map((hour) => ({ hour, value: Math.sin(hour) + hour }))
  expect(trendOf([...points].reverse())).toEqual(trendOf(points))
  expect(trendOf(points.slice(0, 7))).toBeUndefined()
  expect(trendOf(hours(20).map((value) => ({ hour: 1, value })))).toBeUndefined()
})

test('the time left is the way over the slope; none when it goes away from the limit, open when it may be flat', () => {
  const trend = { slope: 2, low: 1, high: 4, intercept: 10, sureness: 0.99 }
  expect(timeLeft(trend, 5, 40)).toEqual({ hours: 10, earliest: 5, latest: 20 })
  expect(timeLeft({ ...trend, low: -1 }, 5, 40)).toEqual({ hours: 10, earliest: 5, latest: undefined })
  expect(timeLeft({ ...trend, slope: -2, low: -4, high: -1 }, 0, -10)).toEqual({ hours: 10, earliest: 5, latest: 20 })
  expect(timeLeft(trend, 20, 40)).toEqual({ hours: 0, earliest: 0, latest: 0 })
  expect(timeLeft({ ...trend, slope: 0 }, 0, 40)).toBeUndefined()
})

test('condensed points keep the trend and are as few as asked for', () => {
  const points = hours(500).map((hour) => ({ hour, value: 3 * hour }))
  const few = condense(points, 48)
  expect(few).toHaveLength(48)
  expect(trendOf(few)!.slope).toBeCloseTo(3, 9)
  expect(condense(points.slice(0, 10), 48)).toEqual(points.slice(0, 10))
})

test('a baseline is not moved by 40 % of wrong values, and takes out what the load explains', () => {
  const wild = noise(7)
  const observations = hours(200).map((hour) => {
    const driver = (hour % 7) / 7
    return { hour, driver, value: hour % 5 < 2 ? 500 : 10 + 6 * driver + 0.1 * wild() }
  })
  const sound = observations.filter(({ value }) => value < 500)
  const [spoiled, clean] = [
    baselineOf(
      observations.filter(({ hour }) => hour % 5 > 0),
      0.01,
    ),
    baselineOf(sound, 0.01),
  ]
  expect(clean.slope).toBeCloseTo(6, 1)
  expect(Math.abs(spoiled.centre - clean.centre)).toBeLessThan(1)
  expect(Math.abs(deviationOf(clean, { hour: 1, value: 16, driver: 1 }))).toBeLessThan(1)
  expect(deviationOf(clean, { hour: 1, value: 16, driver: 0 })).toBeGreaterThan(10)
})

test('a still sensor has the least spread, not none', () => {
  expect(
    baselineOf(
      hours(50).map((hour) => ({ hour, value: 5 })),
      0.2,
    ),
  ).toMatchObject({ centre: 5, spread: 0.2 })
})

test('charts show a lasting change and when it began, on either side, but no spike and no noise', () => {
  const least = { sum: 20, mean: 1.5 }
  const drift = (deviations: readonly number[]) =>
    deviations.reduce((state, one, hour) => step(state, one, hour), noDrift)
  for (const [sign, side] of [
    [1, 'up'],
    [-1, 'down'],
  ] as const)
    expect(changeOf(drift(hours(150).map((hour) => (hour < 100 ? 0 : 3 * sign))), least)).toEqual({ side, since: 100 })
  const spiked = drift(hours(300).map((hour) => (hour % 50 === 49 ? 1000 : 0)))
  expect(changeOf(spiked, least)).toBeUndefined()
  expect(spiked.anomalies).toBe(6)
  fc.assert(
    fc.property(seeds, (seed) => {
      const wild = noise(seed)
      expect(changeOf(drift(hours(2000).map(() => 2 * wild())), least)).toBeUndefined()
    }),
    { numRuns: 30 },
  )
})

test('a change that is over is no finding any more', () => {
  const back = hours(400).reduce((state, hour) => step(state, hour < 200 ? 4 : 0, hour), noDrift)
  expect(changeOf(back, { sum: 20, mean: 1.5 })).toBeUndefined()
})

function watched(values: (hour: number) => number, count: number): MetricWatch {
  const watch = new MetricWatch(metric)
  for (const hour of hours(count)) watch.take({ hour, value: values(hour) })
  return watch
}

test('a metric that goes to its limit is found, with the time left, since when, and how sure', () => {
  const wild = noise(3)
  // Usual is 2; from hour 300 on it rises by 0.02 an hour, so that it meets 7 at hour 550.
  const finding = watched((hour) => 2 + Math.max(0, hour - 300) * 0.02 + 0.2 * wild(), 450).finding(449)!
  expect(finding).toMatchObject({ metric: 'vibration', side: 'up', limit: 7 })
  expect(Math.abs(finding.since - 300)).toBeLessThan(30)
  expect(Math.abs(finding.left!.hours - 100)).toBeLessThan(15)
  expect(finding.left!.earliest).toBeLessThanOrEqual(finding.left!.hours)
  expect(finding.left!.latest).toBeGreaterThanOrEqual(finding.left!.hours)
  expect(finding.sureness).toBeGreaterThan(0.99)
  expect(isDue(finding)).toBe(true)
})

test('a step that stays is found but nothing is due for it, and after two weeks it is usual', () => {
  const wild = noise(5)
  const stepped = (count: number) => watched((hour) => (hour < 300 ? 2 : 3) + 0.2 * wild(), count).finding(count - 1)
  expect(stepped(450)).toMatchObject({ side: 'up' })
  expect(isDue(stepped(450)!)).toBe(false)
  expect(stepped(900)).toBeUndefined()
})

test('many small steps are due at last, and so is a slow rise in a wild metric', () => {
  const wild = noise(5)
  const stairs = watched((hour) => 2 + Math.floor(hour / 800) + 0.2 * wild(), 3300).finding(3299)!
  expect(stairs.usual).toBeGreaterThan(stairs.first + 1)
  expect(isDue(stairs)).toBe(true)
  expect(isDue(watched((hour) => 2 + Math.max(0, hour - 500) * 0.005 + wild(), 1100).finding(1099)!)).toBe(true)
})

test('a healthy metric says nothing, nor one that is still being learned', () => {
  const wild = noise(5)
  expect(watched(() => 2 + 0.2 * wild(), 3000).finding(2999)).toBeUndefined()
  expect(watched((hour) => 2 + hour, 100).finding(99)).toBeUndefined()
})

test('a metric beyond its limit has no time left', () => {
  const finding = watched((hour) => (hour < 300 ? 2 : 9), 500).finding(499)!
  expect(finding.left).toEqual({ hours: 0, earliest: 0, latest: 0 })
  expect(isDue(finding)).toBe(true)
})

const livesOf = (seed: number, shape: number, scale: number, count: number, end: number) => {
  const chance = new Chance(seed)
  return hours(count).map(() => {
    const life = scale * (-Math.log(1 - chance.next())) ** (1 / shape)
    return { hours: Math.min(life, end), failed: life < end }
  })
}

test('a Weibull fit finds shape and scale, also where most lives ended before they failed', () => {
  for (const [shape, end] of [
    [0.8, 9000],
    [1, 3000],
    [3, 4000],
    [5, 4200],
  ] as const) {
    const fit = weibullOf(livesOf(11, shape, 5000, 4000, end))!
    expect(Math.abs(fit.shape / shape - 1)).toBeLessThan(0.08)
    expect(Math.abs(fit.scale / 5000 - 1)).toBeLessThan(0.08)
  }
})

test('a Weibull fit agrees with published values', () => {
  // Ball bearings of Lieblein and Zelen (1956), millions of revolutions; maximum likelihood by Lawless: 2.10 and 81.88.
  const bearings = [17.88, 28.92, 33, 41.52, 42.12, 45.6, 48.48, 51.84, 51.96, 54.12, 55.56, 67.8, 68.64, 68.64]
  const rest = [68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.4]
  const fit = weibullOf([...bearings, ...rest].map((hours) => ({ hours, failed: true })))!
  expect(fit.shape).toBeCloseTo(2.102, 2)
  expect(fit.scale).toBeCloseTo(81.88, 1)
})

test('too few failures, or all at one age, tell nothing; a life of no hours is a fault', () => {
  const life = (hours: number, failed = true) => ({ hours, failed })
  expect(weibullOf([])).toBeUndefined()
  expect(weibullOf([life(1), life(2), life(3), life(4), life(5, false)])).toBeUndefined()
  expect(weibullOf(Array.from({ length: 9 }, () => life(5)))).toBeUndefined()
  expect(() => weibullOf([0, 1, 2, 3, 4, 5].map((hours) => life(hours)))).toThrow('longer than 0 hours')
})

test('the chance of failure grows with age where parts wear out, and its bounds hold the truth as often as they say', () => {
  const fit = weibullOf(livesOf(5, 4, 5000, 300, 6000))!
  const chances = [0, 1000, 3000, 5000, 7000].map((age) => chanceOfFailure(fit, age, 700))
  for (const [index, { low, chance, high }] of chances.entries()) {
    expect(low).toBeLessThanOrEqual(chance)
    expect(chance).toBeLessThanOrEqual(high)
    if (index > 0) expect(chance).toBeGreaterThan(chances[index - 1]!.chance)
  }
  const truth = -Math.expm1((4000 / 5000) ** 4 - (4700 / 5000) ** 4)
  const runs = 300
  const held = hours(runs).filter((seed) => {
    const { low, high } = chanceOfFailure(weibullOf(livesOf(seed + 100, 4, 5000, 40, 5500))!, 4000, 700)
    return low <= truth && truth <= high
  }).length
  expect(held / runs).toBeGreaterThan(0.84)
  expect(held / runs).toBeLessThan(0.96)
})
