// npm run bench:ingest -- [--devices 20] [--seconds 12] [--rate 1050] [--messages 50000] [--kills 10] [--poison 1000] [--store timestream] [--json]
// It ends within three minutes, also where the machine is too slow for so many messages and kills: then it says how many
// there were. Everything, however long it takes: --limit 0, and the long one: --limit 0 --messages 1000000 --kills 200
// Packed messages by MQTT over mutual TLS into the local cloud: sustained, at three times that, and under kills.
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { listAside } from '../lib/redrive.ts'
import { Door } from '../test/cloud/door.ts'
import { People } from '../test/cloud/people.ts'
import { freePort, type Running, startRunning } from '../test/cloud/running.ts'
import { synthesized } from '../test/cloud/synthesis.ts'
import { pointAwsAt } from '../test/cloud/table.ts'
import { tokenSigner } from '../test/cloud/tokens.ts'
import { usageOf } from '../test/cloud/usage.ts'
import { enrol, readingsAMessage, type Sender } from './fleet.ts'
import { quantile } from './load.ts'
import { perThousand, talliesOf } from './tallies.ts'

const { values } = parseArgs({
  options: {
    devices: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '12' },
    /** Seconds after which no more is sent; 0 is never. */
    limit: { type: 'string', default: '110' },
    /** Messages offered a second, by all devices together. */
    rate: { type: 'string', default: '1050' },
    /** Messages acknowledged while everything is killed so often. */
    messages: { type: 'string', default: '50000' },
    kills: { type: 'string', default: '10' },
    /** One in so many messages is poison; 0 is none. */
    poison: { type: 'string', default: '1000' },
    store: { type: 'string', default: 'timestream' },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})
const [devices, seconds, rate, messages, kills, poisonEvery] = [
  ...[values.devices, values.seconds, values.rate, values.messages, values.kills, values.poison].map(Number),
] as [number, number, number, number, number, number]
/** Seconds after which as much comes out as goes in. */
const rampSeconds = 2
/** Seconds in which the last message that is watched becomes queryable, under the same press. */
const tailSeconds = 2
const say = (line: string) => {
  if (!values.json) console.log(line)
}

process.env.CDK_CONTEXT_JSON = JSON.stringify({ telemetryStore: values.store })
const started = performance.now()
const limit = Number(values.limit) || Number.POSITIVE_INFINITY
/** Seconds until no more is sent. */
const left = () => limit - (performance.now() - started) / 1000
const port = await freePort(21_600)
const app = await synthesized()
const flags = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : []
let cloud: Running = await startRunning({ port, ...app }, flags)
/** A cloud that hangs, or a bench that is stopped, leaves nothing running. */
const giveUp = (why: string) => {
  console.error(why)
  void cloud.kill().finally(() => process.exit(1))
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => giveUp(signal))
if (Number.isFinite(limit)) setTimeout(() => giveUp('no end in sight'), (limit + 60) * 1000).unref()
const door = new Door(port)
pointAwsAt(port)
Object.assign(process.env, { SERIES_DATABASE: 'lotline-telemetry', SERIES_DAYS: '1825' })
process.env.SERIES_TABLE = values.store === 'timestream' ? 'samples' : 'lotline-telemetry'
const { series } = await import(`../lib/adapters/series-${values.store}.ts`)

try {
  const people = await People.hire(door, await tokenSigner(port, app.data))
  const senders = await enrol(people, port, app.folder, devices + 1)
  const [probe, ...fleet] = senders as [Sender, ...Sender[]]
  await press(fleet, 8, rate, 0)
  await settled(fleet)

  const clean = await sustain(fleet, probe, 0)
  say(`sustained: ${JSON.stringify(clean)}`)
  const sustained = await sustain(fleet, probe, poisonEvery)
  say(`one in ${poisonEvery} poison: ${JSON.stringify(sustained)}`)
  const overload = await underOverload(fleet)
  say(`three times that: ${JSON.stringify(overload)}`)
  const killed = await underKills(fleet)
  say(`kills: ${JSON.stringify(killed)}`)

  const missing = await missingOf(senders)
  const poison = senders.flatMap((one) => one.poison).length
  const poisonKept = await keptPoison(poison)
  const acked = countOf(senders)
  say(`${poisonKept} of ${poison} poison messages kept with their cause`)
  console.log(
    JSON.stringify({
      messagesPerSecond: sustained.messagesPerSecond,
      readingsPerSecond: sustained.messagesPerSecond * readingsAMessage,
      p99QueryableMs: sustained.p99QueryableMs,
      ...{ acked, missing, kills: killed.kills, poisonKept },
      poisonSlowsPercent: Math.round((1 - sustained.messagesPerSecond / clean.messagesPerSecond) * 100),
      poisonCpuPercent: Math.round((sustained.cpuMsAMessage / clean.cpuMsAMessage - 1) * 100),
      ...{ cpuMsAMessage: clean.cpuMsAMessage, callsAThousand: clean.callsAThousand },
    }),
  )
  if (missing > 0 || poisonKept < poison) process.exitCode = 1
} finally {
  door.close()
  await cloud.stop()
  rmSync(app.folder, { recursive: true, force: true, maxRetries: 5 })
}

function countOf(fleet: readonly Sender[]): number {
  return sum(fleet.map((one) => one.acknowledged.length))
}

/** Lets all devices publish for some seconds; gives how many sound messages were acknowledged. */
async function press(fleet: readonly Sender[], seconds: number, offered: number, poison: number): Promise<number> {
  const [before, end] = [countOf(fleet), performance.now() + seconds * 1000]
  await Promise.all(fleet.map((one) => one.send(() => performance.now() >= end, offered / fleet.length, poison)))
  return countOf(fleet) - before
}

/** How many messages a second become such that they can be queried, and how long one takes until then meanwhile. */
async function sustain(fleet: readonly Sender[], probe: Sender, poison: number) {
  // What was late in the ramp is not caught up later, which would be more than is offered.
  await press(fleet, rampSeconds, rate, poison)
  const [cpu, counted] = [usageOf(cloud.pid).cpuSeconds, await talliesOf(port)]
  const pressed = press(fleet, rampSeconds + seconds + tailSeconds, rate, poison)
  await new Promise((resolve) => setTimeout(resolve, rampSeconds * 1000))
  const times: number[] = []
  let watching = true
  const probing = (async () => {
    while (watching) times.push(await queryableAfter(probe))
  })()
  const [first, acknowledged] = [await storedOf(fleet), countOf(fleet)]
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const [second, acknowledgedThen] = [await storedOf(fleet), countOf(fleet)]
  watching = false
  await probing
  const sound = await pressed
  await settled(fleet)
  times.sort((a, b) => a - b)
  return {
    messagesPerSecond: Math.round(sum(second.map((then, index) => rateBetween(first[index]!, then)))),
    acknowledgedPerSecond: Math.round(((acknowledgedThen - acknowledged) * 1000) / (second[0]!.at - first[0]!.at)),
    ...{ p50QueryableMs: quantile(times, 0.5), p99QueryableMs: quantile(times, 0.99), probes: times.length },
    callsAThousand: perThousand(counted, await talliesOf(port), sound),
    cpuMsAMessage: Number((((usageOf(cloud.pid).cpuSeconds - cpu) * 1000) / sound).toFixed(2)),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0)
}

/** Messages of a device that can be queried, and when they were counted. */
interface StoredThen {
  readonly messages: number
  readonly at: number
}

async function storedOf(fleet: readonly Sender[]): Promise<StoredThen[]> {
  const found: StoredThen[] = []
  for (const one of fleet) {
    const [since, until] = [one.at(0, 0), one.at(Math.max(0, ...one.acknowledged.slice(-100)) + 100, 0)]
    const buckets = await series.summarize(one.id, 'temperatureC', since, until, 86_400)
    found.push({
      messages: sum(buckets.map(({ count }: { count: number }) => count)) / readingsAMessage,
      at: performance.now(),
    })
  }
  return found
}

function rateBetween(first: StoredThen, then: StoredThen): number {
  return ((then.messages - first.messages) * 1000) / (then.at - first.at)
}

async function queryableAfter(probe: Sender): Promise<number> {
  const begin = performance.now()
  const last = await probe.sendOne()
  // Nothing is there sooner, and each look takes as much CPU as some messages.
  await new Promise((resolve) => setTimeout(resolve, 150))
  await until(`the reading of ${last}`, () => isStored(probe, last), 10)
  return performance.now() - begin
}

async function isStored({ id }: Sender, at: string): Promise<boolean> {
  const end = new Date(Date.parse(at) + 1).toISOString()
  return (await series.read(id, at, end, 1)).samples.length > 0
}

/** Waits until the last acknowledged message of each device can be queried. */
async function settled(fleet: readonly Sender[]): Promise<void> {
  for (const one of fleet)
    if (one.acknowledged.length > 0)
      await until(`the last message of ${one.id}`, async () => {
        const newest = Math.max(...one.acknowledged.slice(-100))
        return isStored(one, one.at(newest, readingsAMessage - 1))
      })
}

/** Three times the load: acknowledgements come later, memory stays bounded, and nothing acknowledged is lost. */
async function underOverload(fleet: readonly Sender[]) {
  const megabytes = () => Math.round(usageOf(cloud.pid).proportionalBytes / 2 ** 20)
  const before = megabytes()
  const acknowledged = await press(fleet, seconds / 2, rate * 3, poisonEvery)
  const after = megabytes()
  await settled(fleet)
  return { offered: (rate * 3 * seconds) / 2, acknowledged, megabytesBefore: before, megabytesAfter: after }
}

/** Kills everything at once, again and again at random, while the devices publish so many messages. */
async function underKills(fleet: readonly Sender[]) {
  const before = countOf(fleet)
  const acknowledged = () => countOf(fleet) - before
  const [begin, until] = [performance.now(), Math.max(1, left())]
  /** How much of it is over: by messages, or by time where that is short. */
  const part = () => Math.max(acknowledged() / messages, (performance.now() - begin) / 1000 / until)
  const pressing = Promise.all(fleet.map((one) => one.send(() => part() >= 1, rate / fleet.length, poisonEvery)))
  let count = 0
  for (; count < kills && part() < 1; count++) {
    const at = (count + Math.random()) / kills
    while (part() < at) await new Promise((resolve) => setTimeout(resolve, 20))
    await cloud.kill()
    cloud = await startRunning({ port, ...app })
  }
  await pressing
  await settled(fleet)
  return { kills: count, acknowledged: acknowledged(), repeated: fleet.reduce((sum, one) => sum + one.repeated, 0) }
}

/** Acknowledged messages of which a reading is not in the series, after everything had time to arrive. */
async function missingOf(senders: readonly Sender[]): Promise<number> {
  let missing = 0
  for (let tries = 0; tries < 15; tries++) {
    missing = 0
    for (const one of senders) {
      const stored = await countsOf(one)
      missing += one.acknowledged.filter((sequence) => stored.get(one.at(sequence, 0)) !== readingsAMessage).length
    }
    if (missing === 0) break
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
  return missing
}

/** How many readings of each message are in the series, by the time of its first: a message spans its own seconds. */
async function countsOf(one: Sender): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  const end = Math.max(0, ...one.acknowledged) + 1
  for (let from = 0; from < end; from += 20_000) {
    const [since, until] = [one.at(from, 0), one.at(Math.min(end, from + 20_000), 0)]
    for (const bucket of await series.summarize(one.id, 'temperatureC', since, until, readingsAMessage))
      counts.set(bucket.at, bucket.count)
  }
  return counts
}

/** Poison messages in the dead-letter queue that say why; a repeated delivery is counted once. */
async function keptPoison(expected: number): Promise<number> {
  let kept = 0
  for (let tries = 0; tries < 10 && kept < expected; tries++) {
    const aside = await listAside('lotline-telemetry-dead')
    kept = new Set(
      aside.filter(({ cause }) => cause.code === 'reading-implausible').map(({ payload }) => keyOf(payload)),
    ).size
    if (kept < expected) await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  return kept
}

function keyOf(payload: string): string {
  const { deviceId, payload: sent } = JSON.parse(payload)
  return `${deviceId} ${JSON.parse(Buffer.from(sent, 'base64').toString()).sequence}`
}

async function until(what: string, look: () => Promise<boolean>, everyMs = 50): Promise<void> {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    // The cloud may be down for a moment: it was killed.
    if (await look().catch(() => false)) return
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  throw new Error(`${what} did not come within 120 s`)
}
