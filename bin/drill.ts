// npm run drill -- [--json] [--port n] [--data path]
// Runs one continuous drill on a local cloud, after the day at the factory that npm start plays, and says what it showed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { DrillResult } from '../lib/domain/drill-result.ts'
import { startLocalCloud } from '../lib/local/start.ts'
import { startExecution } from '../lib/local/stepfunctions.ts'
import { openApi, until } from '../story/api.ts'
import { playDay } from '../story/play.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    port: { type: 'string', default: '25450' },
    data: { type: 'string' },
  },
})
const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const machine = 'arn:aws:states:eu-central-1:000000000000:stateMachine:lotline-recall-drill'
const { signal } = new AbortController()
const say = (line: string) => {
  if (!values.json) console.log(line)
}

interface Drill {
  readonly recallId: string
  readonly result: DrillResult
}

/** Starts the machine as its schedule would, and gives what it measured. */
async function runDrill(port: number): Promise<Drill> {
  const auditor = openApi(`http://127.0.0.1:${port}`, signal).person('Auditor', ['auditor'])
  const drills = async () => (await auditor.asks('showDrills', {})).drills as Drill[]
  const before = (await drills()).length
  await startExecution(machine, {})
  return until('the drill is measured', 300, signal, async () => {
    const now = await drills()
    return now.length > before ? now.at(-1) : undefined
  })
}

function show({ recallId, result }: Drill): void {
  const { secondsToFrozen, secondsToScope, secondsToNotified, lots, parties, accounted, holes } = result
  say(`Drill ${recallId}: ${lots} lots, ${parties} parties.`)
  say(
    `Frozen after ${secondsToFrozen} s, scope known after ${secondsToScope} s, all told after ${secondsToNotified} s.`,
  )
  say(`${accounted} % is at a known place. Holes in the records:`)
  for (const { kind, count, example } of holes) say(`  ${String(count).padStart(4)} ${kind} (${example})`)
  console.log(JSON.stringify({ recallId, ...result }))
  if (secondsToNotified === undefined) process.exitCode = 1
}

const [synthesized] = await once(spawn(process.execPath, [join(root, 'bin/synth.ts')], { cwd: root }), 'exit')
if (synthesized !== 0) throw new Error('the app could not be synthesized: "npm run synth" says why')
const data = values.data ? resolve(values.data) : mkdtempSync(join(tmpdir(), 'lotline-drill-'))
try {
  const port = Number(values.port)
  const cloud = await startLocalCloud({ port, data, out: join(root, 'cdk.out') })
  try {
    await playDay({ port, data, signal, say })
    show(await runDrill(port))
  } finally {
    await cloud.stop()
  }
} finally {
  if (!values.data) rmSync(data, { recursive: true, force: true, maxRetries: 5 })
}
