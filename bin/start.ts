// npm start: the whole product on this machine, after a day at a fictional factory. npm start -- --help says more.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { cacheFolder } from '../lib/local/cache.ts'
import { invitation } from '../story/invitation.ts'
import { playDay } from '../story/play.ts'
import { type Report, textOf } from '../story/report.ts'

const help = `npm start -- [options]
  --exit         end after the story; the last line is its verdict as JSON, the status is 0 when all is well
  --fresh        empty the data folder first
  --port <n>     port of the API; MQTT with certificates is three above it (default 4600)
  --data <path>  folder of everything that is kept (default .lotline)`

const root = new URL('..', import.meta.url).pathname.replace(/\/$/, '')
const ending = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort(new Error('interrupted')))

/** Reads the options; an unknown one or a port that cannot be is an error that says so. */
function optionsOf(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: 'string', default: '4600' },
      data: { type: 'string', default: '.lotline' },
      exit: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1024 || port > 65_000)
    throw new Error(`--port ${values.port}: give a whole number from 1024 to 65000`)
  return { ...values, port, data: resolve(values.data) }
}

/** Writes cdk.out where something changed, as `npm run synth` does. */
async function synthesize(): Promise<void> {
  const child = spawn(process.execPath, [`${root}/bin/synth.ts`], { cwd: root, stdio: 'inherit' })
  const [status] = await once(child, 'exit')
  if (status !== 0) throw new Error('the app could not be synthesized; the reason stands above')
}

async function run({ port, data, fresh, exit }: ReturnType<typeof optionsOf>): Promise<Report> {
  const { signal } = ending
  await synthesize()
  // Imported after it, so that its packages need not be compiled again.
  enableCompileCache(cacheFolder)
  const { startLocalCloud } = await import('../lib/local/start.ts')
  const log = (line: string) => appendFileSync(join(data, 'cloud.log'), `${new Date().toISOString()} ${line}\n`)
  const cloud = await startLocalCloud({ port, data, fresh, out: `${root}/cdk.out`, log })
  try {
    console.log(`local cloud on ${cloud.url}`)
    const report = await play(port, data)
    console.log(textOf(report))
    if (!exit) {
      console.log(invitation(port, data, report))
      if (!signal.aborted) await once(signal, 'abort')
    }
    return report
  } finally {
    await cloud.stop()
  }
}

async function play(port: number, data: string): Promise<Report> {
  try {
    return await playDay({ port, data, signal: ending.signal, say: console.log })
  } catch (error) {
    console.error(`The story stopped; the next start goes on from there, --fresh begins anew. Log: ${data}/cloud.log`)
    throw error
  }
}

let exit = process.argv.includes('--exit')
try {
  const options = optionsOf(process.argv.slice(2))
  exit = options.exit
  if (options.help) console.log(help)
  else {
    const { verdict } = await run(options)
    if (exit) console.log(JSON.stringify(verdict))
    if (!verdict.ok) process.exitCode = 1
  }
} catch (error) {
  const reason = (error as Error).message
  console.error(reason)
  if (exit) console.log(JSON.stringify({ ok: false, reason }))
  process.exitCode = ending.signal.aborted ? 130 : 1
}
