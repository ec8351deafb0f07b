// npm run bench:command -- [--seconds 15] [--concurrency 12] [--rate 300] [--json]
// Mixed commands and queries over HTTP on the local cloud, then 64 orders that race for one lot. Counts first, then times.
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { Door } from '../test/cloud/door.ts'
import { People } from '../test/cloud/people.ts'
import { freePort, startRunning } from '../test/cloud/running.ts'
import { synthesized } from '../test/cloud/synthesis.ts'
import { tokenSigner } from '../test/cloud/tokens.ts'
import { usageOf } from '../test/cloud/usage.ts'
import { contend } from './contention.ts'
import { countCosts } from './counts.ts'
import { press, quantile, type Run } from './load.ts'
import { setStage, shotAt } from './mix.ts'
import { perThousand, talliesOf } from './tallies.ts'

const port = await freePort(25_300)
/** Seconds before the measured ones: a function gets fast when its code has run some hundred times. */
const warmUp = 15

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    // With fewer, all wait for the engine now and then; with sixteen the slowest of a hundred wait twice as long.
    concurrency: { type: 'string', default: '12' },
    rate: { type: 'string' },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})
const load = {
  seconds: Number(values.seconds),
  concurrency: Number(values.concurrency),
  rate: values.rate === undefined ? undefined : Number(values.rate),
}
const say = (line: string) => {
  if (!values.json) console.log(line)
}

const app = await synthesized()
for (const { name, calls, tableBytes, answerBytes } of await countCosts(app.out, port))
  say(
    `${name.padEnd(16)} ${calls.join(' + ').padEnd(52)} ${tableBytes} bytes to the table, ${answerBytes} to the person`,
  )

const flags = values.profile ? ['--cpu-prof', `--cpu-prof-dir=${values.profile}`] : []
const cloud = await startRunning({ port, ...app }, flags)
const door = new Door(port, 'v1', 128)
try {
  const people = await People.hire(door, await tokenSigner(port, app.data))
  const stage = await setStage(people)
  // Cold starts are not the steady state: the workers of the cloud load what the mix needs first.
  await press(people, (n) => shotAt(stage, 100_000 + n), { ...load, seconds: warmUp })
  const counted = await talliesOf(port)
  const before = [usageOf(cloud.pid).cpuSeconds, usageOf(process.pid).cpuSeconds] as const
  const run = await press(people, (n) => shotAt(stage, n), load)
  const after = [usageOf(cloud.pid).cpuSeconds, usageOf(process.pid).cpuSeconds] as const
  // The load's own process tree holds the cloud.
  const spent = { cloud: after[0] - before[0], load: after[1] - before[1] - (after[0] - before[0]) }
  const cpu = { cloud: (spent.cloud * 1000) / run.requests, load: (spent.load * 1000) / run.requests }
  tell(run, cpu)
  say(`A thousand requests: ${JSON.stringify(perThousand(counted, await talliesOf(port), run.requests))}`)
  const race = await contend(people)
  say(`${race.orders} orders for one lot: ${JSON.stringify(race)}`)
  const { orders, lost, drift } = race
  console.log(
    JSON.stringify({
      requestsPerSecond: Math.round(run.requests / run.seconds),
      p50Ms: quantile(run.times, 0.5),
      p99Ms: quantile(run.times, 0.99),
      errors: run.errors.length,
      contention: { orders, lost, drift },
      cpuMs: Number((cpu.cloud + cpu.load).toFixed(2)),
    }),
  )
  if (run.errors.length > 0 || lost > 0 || drift !== 0 || race.negative > 0) process.exitCode = 1
} finally {
  door.close()
  await cloud.stop()
  rmSync(app.folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Prints times, and milliseconds of CPU a request, which a busy machine changes less than times. */
function tell(run: Run, cpu: { cloud: number; load: number }) {
  for (const [name, times] of run.byName)
    say(
      `${name.padEnd(16)} ${String(times.length).padStart(6)} requests, p50 ${quantile(times, 0.5)} ms, p99 ${quantile(times, 0.99)} ms`,
    )
  say(
    `CPU: ${(cpu.cloud + cpu.load).toFixed(2)} ms a request: ${cpu.cloud.toFixed(2)} in the cloud, ${cpu.load.toFixed(2)} in the load`,
  )
  for (const error of run.errors.slice(0, 5)) say(error)
}
