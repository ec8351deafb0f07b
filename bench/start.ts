// npm run bench:start -- [--json]
// How long a start takes when nothing has to be synthesized, and what the local cloud weighs when every route was used.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Door } from '../test/cloud/door.ts'
import { found, releasedLot, startedOrder } from '../test/cloud/factory.ts'
import { People } from '../test/cloud/people.ts'
import { freePort, type Running, startRunning, treeOf } from '../test/cloud/running.ts'
import { tokenSigner } from '../test/cloud/tokens.ts'
import { usageOf } from '../test/cloud/usage.ts'
import { Pool } from '../test/fuzz/bodies.ts'
import { Chance } from '../test/fuzz/chance.ts'
import { operationsOf, Requests } from '../test/fuzz/requests.ts'

const port = await freePort(25_400)
const starts = 3
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const say = (line: string) => {
  if (!values.json) console.log(line)
}
const folder = mkdtempSync(join(tmpdir(), 'lotline-bench-'))
const data = join(folder, 'data')

/** Milliseconds that `npm run synth` takes. */
function synthesize(): number {
  const begin = performance.now()
  const { status, stderr } = spawnSync(process.execPath, ['bin/synth.ts'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the app could not be synthesized:\n${stderr}`)
  return performance.now() - begin
}

/** Milliseconds from nothing to ready on the data folder as it is. */
async function start(): Promise<{ cloud: Running; milliseconds: number }> {
  const synthMs = synthesize()
  const cloud = await startRunning({ port, out: join(root, 'cdk.out'), data })
  return { cloud, milliseconds: synthMs + cloud.readyMs }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
const seconds = (milliseconds: number) => Number((milliseconds / 1000).toFixed(2))
const megabytes = (bytes: number) => Math.round(bytes / 1e6)

/** Sends each operation requests until one is let through to its function, whatever the function says to it. */
async function useEveryRoute(door: Door): Promise<Map<string, number>> {
  const document = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8'))
  const [people, pool, chance] = [await People.hire(door, await tokenSigner(port, data)), new Pool(), new Chance(1)]
  const factory = await found(people)
  pool.learn(JSON.stringify(factory))
  pool.learn(await releasedLot(people, factory, { number: 'L-1', quantity: 100 }))
  pool.learn(await startedOrder(people, factory, { number: 'O-1', quantity: 100 }))
  const used = new Map<string, number>()
  for (const operation of operationsOf(document)) {
    const requests = new Requests([operation], people, [], pool, chance)
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const { status, text } = await door.call(requests.fitting(operation).call)
      used.set(operation.id, status)
      if (status < 300) pool.learn(text)
      if (status !== 400) break
    }
  }
  return used
}

let cloud: Running | undefined
try {
  say(`synthesized in ${seconds(synthesize())} s; from here on nothing has to be`)
  const [fresh, again]: [number[], number[]] = [[], []]
  for (let n = 0; n < starts; n += 1) {
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
    for (const times of [fresh, again]) {
      const started = await start()
      times.push(started.milliseconds)
      await started.cloud.stop()
    }
  }
  const idle = await start()
  cloud = idle.cloud
  const before = usageOf(cloud.pid)
  const door = new Door(port)
  const used = await useEveryRoute(door)
  door.close()
  const after = usageOf(cloud.pid)
  const statuses = [...used.values()].sort()
  const heard = [...new Set(statuses)].map((status) => `${statuses.filter((one) => one === status).length} x ${status}`)
  say(`${used.size} routes used, answered ${heard.join(', ')}`)
  say(
    `${treeOf(cloud.pid).length} processes; resident ${megabytes(before.residentBytes)} MB idle, ${megabytes(after.residentBytes)} MB then (${megabytes(after.proportionalBytes)} MB with shared pages by their part)`,
  )
  console.log(
    JSON.stringify({
      readySeconds: seconds(median(fresh)),
      restartSeconds: seconds(median(again)),
      routes: used.size,
      residentMb: megabytes(after.residentBytes),
    }),
  )
} finally {
  await cloud?.stop()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
