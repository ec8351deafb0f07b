import { expect, test } from 'vitest'
import { costOf } from '../../lib/cost.ts'
import { deployed } from './product-app.ts'

const work = { devices: 1000, secondsBetweenReadings: 10, readingsAMessage: 30 }
// Of the functions only this one is priced.
const ingest = 'iot/ingest-telemetry'
const [timestream, dynamodb] = await Promise.all(
  ['timestream', 'dynamodb'].map(async (telemetryStore) => (await deployed({ telemetryStore }, ingest)).templates),
)

test('a thousand devices cost less than 60 dollars a month with either store, and the lines add up', () => {
  for (const templates of [timestream!, dynamodb!]) {
    const { usdPerMonth, lines } = costOf(templates, work)
    expect(usdPerMonth).toBeLessThan(60)
    expect(lines.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(usdPerMonth, 2)
    expect(lines.every(({ quantity, usd }) => quantity > 0 && usd >= 0)).toBe(true)
  }
})

test('only what is deployed is priced', () => {
  const services = (templates: typeof timestream) =>
    new Set(costOf(templates!, work).lines.map(({ service }) => service))
  expect(services(timestream)).toContain('Timestream')
  expect(services(dynamodb)).not.toContain('Timestream')
})

test('twice the devices are twice the messages; fewer readings a message cost more', () => {
  const usd = (changes: Partial<typeof work>) => costOf(timestream!, { ...work, ...changes }).usdPerMonth
  expect(usd({ devices: 2000 })).toBeGreaterThan(1.8 * usd({}))
  expect(usd({ devices: 2000 })).toBeLessThan(2.1 * usd({}))
  expect(usd({ readingsAMessage: 10 })).toBeGreaterThan(1.5 * usd({}))
})

test('templates without telemetry are named', () => {
  expect(() => costOf(new Map(), work)).toThrow('synthesize the whole product')
})
