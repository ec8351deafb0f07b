// npm run bench:recall -- [--consignees 10000] [--only notices,power,cells,frozen,large] [--machines recall,recall-chase] [--json]
// Recalls on the local cloud: notices to many, steps that break at every point, and how fast suspicion becomes a freeze.
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startLocalCloud } from '../lib/local/start.ts'
import { Door } from '../test/cloud/door.ts'
import { releasedLot } from '../test/cloud/factory.ts'
import { People } from '../test/cloud/people.ts'
import { freePort, startRunning } from '../test/cloud/running.ts'
import { synthesized } from '../test/cloud/synthesis.ts'
import { openTable } from '../test/cloud/table.ts'
import { tokenSigner } from '../test/cloud/tokens.ts'
import { usageOf } from '../test/cloud/usage.ts'
import { machines } from './recall/cells.ts'
import { frozen } from './recall/frozen.ts'
import { killWhileTelling } from './recall/kill.ts'
import { large } from './recall/large.ts'
import { runMatrix } from './recall/matrix.ts'
import { foundFactory, shipToSome } from './recall/stage.ts'
import { tellMany } from './recall/throughput.ts'

const { values } = parseArgs({
  options: {
    consignees: { type: 'string', default: '10000' },
    only: { type: 'string', default: 'notices,power,cells,frozen' },
    machines: { type: 'string', default: machines.join() },
    json: { type: 'boolean', default: false },
    port: { type: 'string', default: '25400' },
  },
})
const parts = new Set(values.only.split(','))
const say = (line: string) => {
  if (!values.json) console.log(line)
}

const port = await freePort(Number(values.port))
const url = `http://127.0.0.1:${port}`
const app = await synthesized()
const door = new Door(port, 'v1', 64)
const hire = async () => People.hire(door, await tokenSigner(port, app.data))

type Setting = Awaited<ReturnType<typeof openSetting>>

/** A local cloud in a process of its own, as it would run, and a factory in it. */
async function openSetting() {
  const options = { port, ...app }
  const cloud = { current: await startRunning(options), options }
  const [people, world] = [await hire(), await openTable(port)]
  const factory = await foundFactory(people)
  const lot = (number: string) => releasedLot(people, factory, { number, quantity: 100_000 })
  return { cloud, people, world, url, lot }
}

async function notices({ lot, ...setting }: Setting) {
  const [lotId, otherLotId, count] = [await lot('L-MANY'), await lot('L-OTHER'), Number(values.consignees)]
  const cpuSeconds = () => usageOf(setting.cloud.current.pid).cpuSeconds
  const told = await tellMany({ ...setting, cpuSeconds }, { lotId, otherLotId, count })
  const { notified, consignees, seconds, missed, double } = told
  say(
    `${notified} of ${consignees} consignees have their notice after ${seconds} s; ${missed} missed, ${double} double`,
  )
  say(`stages, seconds after the opening: ${JSON.stringify(told.stages)}; CPU ${told.cpuMsPerNotice} ms a notice`)
  return told
}

async function inOneProcess() {
  const setting = await openSetting()
  try {
    const told = parts.has('notices') ? await notices(setting) : undefined
    const killing = parts.has('power')
      ? await killWhileTelling(setting.cloud, setting, { lotId: await setting.lot('L-KILLED'), count: 400, say })
      : undefined
    return { told, killing }
  } finally {
    await setting.cloud.current.kill()
  }
}

/** Every step broken at every point; in this process, which plans the faults. */
async function cells() {
  const cloud = await startLocalCloud({ port, data: `${app.data}-cells`, out: app.out })
  try {
    const people = await People.hire(door, await tokenSigner(port, `${app.data}-cells`))
    const stage = await shipToSome(people, await foundFactory(people), 3)
    return await runMatrix(
      { ...stage, people, world: await openTable(port), url: cloud.url },
      say,
      new Set(values.machines.split(',')),
    )
  } finally {
    await cloud.stop()
  }
}

try {
  const many = parts.has('notices') || parts.has('power') ? await inOneProcess() : undefined
  const broken = parts.has('cells') ? await cells() : []
  const froze = parts.has('frozen') ? await frozen() : undefined
  if (froze)
    say(
      `${froze.frozen.traced} nodes frozen ${froze.secondsToFrozen1M} s after suspicion, ${froze.frozen.late} of them found after the flip; ${froze.moved} moves before it, ${froze.refused} refused, ${froze.slipped} slipped`,
    )
  const raced = parts.has('frozen') ? await frozen({ from: port + 20 }) : undefined
  if (raced)
    say(
      `frozen after ${raced.secondsToFrozen1M} s; ${raced.slipped} moves slipped through, ${raced.refused} were refused`,
    )
  // Half a million lots to their end take minutes: only where it is asked for.
  if (parts.has('large')) say(`a whole case: ${JSON.stringify(await large({ from: port + 40 }))}`)
  const result = {
    ...{ consignees: 0, notified: 0, missed: 0, double: 0, seconds: 0, ...many?.told, stages: undefined },
    cells: broken.length + (many?.killing?.cells ?? 0),
    cellsOk: broken.filter(({ ok }) => ok).length + (many?.killing?.cellsOk ?? 0),
    slipped: froze?.slipped ?? null,
    secondsToFrozen1M: froze?.secondsToFrozen1M ?? null,
  }
  console.log(JSON.stringify(result))
  if (result.missed + result.double + (result.slipped ?? 0) > 0 || result.cellsOk < result.cells) process.exitCode = 1
} finally {
  door.close()
  if (!process.env.KEEP) rmSync(app.folder, { recursive: true, force: true, maxRetries: 5 })
}
