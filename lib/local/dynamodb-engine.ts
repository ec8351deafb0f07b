import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { EngineAddress } from './engine-connections.ts'

/** Where the engine answers, and how to end it. */
export interface Engine extends EngineAddress {
  /** Its SQLite database; none where the engine is not of this machine. */
  readonly file: string | undefined
  /** Resolves with a reason when the engine ends without having been asked to. */
  readonly died: Promise<string>
  stop(): Promise<void>
}

/** Usually some milliseconds; long only on a machine that is very busy. */
const PATIENCE_MS = 10_000

// The shell ends the engine when this process is gone, however it ended: its standard input closes then.
const GUARD = `exec 3<&0
"$@" </dev/null &
engine=$!
( cat <&3 >/dev/null; kill $engine; sleep 1; kill -9 $engine ) 2>/dev/null &
guard=$!
wait $engine
status=$?
kill $guard 2>/dev/null
exit $status`

/**
 * Starts the DynamoDB engine on a database file: the npm package of this platform, else `dynoxide` on the PATH, else
 * the endpoint in AWS_ENDPOINT_URL_DYNAMODB, which is used as it is.
 */
export async function startEngine(database: string, port: number): Promise<Engine> {
  const program = findProgram()
  const external = process.env.AWS_ENDPOINT_URL_DYNAMODB
  if (!program && external) {
    const url = new URL(external)
    const engine = { host: url.hostname, port: Number(url.port || 80) }
    return { ...engine, file: undefined, died: new Promise(() => {}), stop: async () => {} }
  }
  if (!program)
    throw new Error(
      `no DynamoDB engine for ${platform()}: npm install @dynoxide/${platform()}, or put dynoxide on the PATH ` +
        '(https://github.com/nubo-db/dynoxide), or set AWS_ENDPOINT_URL_DYNAMODB to a DynamoDB that runs',
    )
  mkdirSync(dirname(database), { recursive: true })
  await portIsFree(port)
  // A process group of its own, so that Ctrl-C reaches the engine only after everything else has ended.
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', program, 'serve', '--port', String(port), '--db-path', database], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  const engine = await supervise(child, port)
  indexStreamRecords(database)
  return { ...engine, file: database }
}

/**
 * Gives the engine an index that it lacks. Without it dynoxide 1.2.1 scans all stream records for every item written
 * and for every poll of a stream: 2.2 ms at 7,700 records, 0.002 ms with it.
 */
function indexStreamRecords(path: string): void {
  const database = new DatabaseSync(path, { timeout: 5000 })
  const known = database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_stream_records'").get()
  // Another version may keep its stream elsewhere; then there is nothing to mend.
  if (known)
    database.exec(
      'CREATE INDEX IF NOT EXISTS _stream_records_by_sequence ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    )
  database.close()
}

async function supervise(child: ChildProcess, port: number): Promise<Omit<Engine, 'file'>> {
  let output = ''
  let stopping = false
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-2000)
  })
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`the DynamoDB engine ended with ${signal ?? code}: ${output.trim()}`))
    child.once('exit', () => child.stdin!.destroy())
    child.once('error', (error) => resolve(`the DynamoDB engine could not be started: ${error.message}`))
  })
  const died = new Promise<string>((resolve) => void ended.then((reason) => stopping || resolve(reason)))
  await Promise.race([portAnswers(port), died.then((reason) => Promise.reject(new Error(reason)))])
  return {
    host: '127.0.0.1',
    port,
    died,
    async stop() {
      stopping = true
      child.stdin!.end()
      await ended
    },
  }
}

function platform(): string {
  return `${process.platform}-${process.arch}`
}

/** The engine's program: that of the npm package, else what the PATH has; undefined where there is none. */
export function findProgram(): string | undefined {
  const require = createRequire(import.meta.url)
  try {
    const folder = dirname(require.resolve(`@dynoxide/${platform()}/package.json`))
    return join(folder, process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide')
  } catch {
    // Not installed for this platform: the next place is the PATH.
    return spawnSync('dynoxide', ['--version']).status === 0 ? 'dynoxide' : undefined
  }
}

/** The engine of a killed run needs a moment to end; a port that stays taken belongs to somebody else. */
async function portIsFree(port: number): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(20)) if (!(await accepts(port))) return
  throw new Error(`port ${port} is taken, which the DynamoDB engine needs: choose another --port`)
}

async function portAnswers(port: number): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(5)) if (await accepts(port)) return
  throw new Error(`the DynamoDB engine does not answer on port ${port} after ${PATIENCE_MS} ms`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
