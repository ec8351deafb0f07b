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

test('a function that drains a queue is not traced, as each of its calls would be billed', () => {
  const lines = (templates: typeof timestream) => costOf(templates!, work).lines
  expect(lines(timestream).some(({ service }) => service === 'X-Ray')).toBe(false)
  const traced = new Map(
    [...timestream!].map(([name, { Resources = {} }]) => {
      const functions = Object.entries(Resources).map(([id, one]: [string, any]) => [
        id,
        one.Type === 'AWS::Lambda::Function'
          ? { ...one, Properties: { ...one.Properties, TracingConfig: { Mode: 'Active' } } }
          : one,
      ])
      return [name, { Resources: Object.fromEntries(functions) }] as const
    }),
  )
  expect(lines(traced).find(({ service }) => service === 'X-Ray')!.usd).toBeGreaterThan(10)
})

test('twice the devices are twice the messages; fewer readings a message cost more', () => {
  const usd = (changes: Partial<typeof work>) => costOf(timestream!, { ...work, ...changes }).usdPerMonth
  expect(usd({ devices: 2000 })).toBeGreaterThan(1.8 * usd({}))
  expect(usd({ devices: 2000 })).toBeLessThan(2.1 * usd({}))
  expect(usd({ readingsAMessage: 10 })).toBeGreaterThan(1.4 * usd({}))
})

test('templates without telemetry are named', () => {
  expect(() => costOf(new Map(), work)).toThrow('synthesize the whole product')
})
