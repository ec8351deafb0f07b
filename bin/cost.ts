import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { costOf, type Templates } from '../lib/cost.ts'
import { prices } from '../lib/prices.ts'

// npm run cost -- [--devices 1000] [--every 10] [--pack 30] [--json]
// What a month of telemetry costs, from the synthesized templates and the price table in lib/prices.ts.
const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '1000' },
    /** Seconds between two readings of a device. */
    every: { type: 'string', default: '10' },
    /** Readings in one message: at 30 a device sends every 5 minutes, and at once what is outside its limits. */
    pack: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
  },
})
/** The goal for 1,000 devices at a reading every 10 s, and about as many readings as IoT Core bills as one message. */
const [goalUsd, mostPacked] = [60, 60]
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const { status } = spawnSync(process.execPath, ['bin/synth.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
if (status !== 0) process.exit(status ?? 1)
const templates: Templates = new Map(
  globSync(`${root}/cdk.out/*.template.json`).map((file) => [
    basename(file, '.template.json'),
    JSON.parse(readFileSync(file, 'utf8')),
  ]),
)
const work = {
  devices: Number(values.devices),
  secondsBetweenReadings: Number(values.every),
  readingsAMessage: Number(values.pack),
}
const cost = costOf(templates, work)
/** With so many readings a message or more it always costs less than the goal: services bill in steps, and so it does not only fall. */
const fewest = Array.from({ length: mostPacked }, (_, index) => mostPacked - index)
  .filter((readingsAMessage) => costOf(templates, { ...work, readingsAMessage }).usdPerMonth >= goalUsd)
  .map((over) => over + 1)[0]
if (!values.json) {
  console.log(
    `${work.devices} devices, a reading every ${work.secondsBetweenReadings} s, ${work.readingsAMessage} a message`,
  )
  console.log(`prices of ${prices.region}, ${prices.asOf}, without free tiers: see lib/prices.ts`)
  for (const { service, quantity, unit, usd } of cost.lines)
    console.log(
      `${service.padEnd(11)} ${String(quantity).padStart(12)} ${unit.padEnd(34)} ${usd.toFixed(2).padStart(8)} USD`,
    )
  console.log(
    fewest === undefined
      ? `under ${goalUsd} USD a month, however the readings are packed`
      : `always under ${goalUsd} USD a month from ${fewest} readings a message on`,
  )
}
console.log(JSON.stringify({ ...cost, readingsAMessage: work.readingsAMessage, underGoalFrom: fewest }))
