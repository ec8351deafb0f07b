import { type ChildProcess, type ExecFileSyncOptions, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Engine, timed } from './engine.ts'
import type { Graph } from './history.ts'

const debian = '/usr/lib/postgresql'
/** Account that runs the server where this process is root, which the server refuses to be. */
const account = 'postgres'
/** A server that has room: nothing of this is small enough to spill to a file. */
const settings = { shared_buffers: '512MB', work_mem: '512MB', jit: 'off', fsync: 'off', listen_addresses: '' }
/** The rows come in COPY's binary form, the fastest that the server has: header, then field count, length and value of each row. */
const headerBytes = 19
const rowBytes = 10
const trailerBytes = 2

/** Folder of the server's programs, or undefined where none is installed. */
export function findPostgres(): string | undefined {
  const asked = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' }).stdout?.trim()
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  return [asked, ...versions.map((version) => join(debian, version, 'bin'))].find(
    (folder) =>
      folder && ['initdb', 'pg_ctl', 'postgres', 'psql'].every((program) => existsSync(join(folder, program))),
  )
}

/** Runs a program of the server as an account that it accepts. */
function asServer(program: string, args: readonly string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [program, [...args]]
  return ['setpriv', ['--reuid', account, '--regid', account, '--clear-groups', '--', program, ...args]]
}

const reach = (here: string, next: string, seed: number) =>
  `COPY (WITH RECURSIVE reached (number) AS (SELECT ${seed} UNION SELECT ${next} FROM edge JOIN reached ON ${here} = number)
   SELECT number FROM reached) TO STDOUT (FORMAT binary);`

/** A recursive query of PostgreSQL on a cluster of its own behind a socket, its rows fetched over an open connection. */
export async function postgres(graph: Graph, folder: string, programs: string): Promise<Engine> {
  const data = join(folder, 'postgres')
  mkdirSync(data)
  if (process.getuid?.() === 0) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, account], { encoding: 'utf8' })))
    chownSync(data, uid!, gid!)
  }
  const quiet: ExecFileSyncOptions = { cwd: data, stdio: ['ignore', 'ignore', 'inherit'] }
  execFileSync(
    ...asServer(join(programs, 'initdb'), ['-D', data, '-U', account, '-A', 'trust', '-E', 'UTF8', '--no-sync']),
    quiet,
  )
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(...asServer(join(programs, 'postgres'), ['-D', data, '-k', data, ...options]), {
    cwd: data,
    stdio: 'ignore',
  })
  // Should this process be ended, before its folder goes.
  const halt = () =>
    execFileSync(...asServer(join(programs, 'pg_ctl'), ['stop', '-D', data, '-m', 'immediate', '-s']), quiet)
  process.prependOnceListener('exit', halt)
  const connect = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', data, '-U', account, 'postgres']
  const run = (sql: string, input?: string) =>
    execFileSync(join(programs, 'psql'), [...connect, '-c', sql], { input, encoding: 'utf8' })
  await answers(() => spawnSync(join(programs, 'psql'), [...connect, '-c', 'SELECT 1']).status === 0)
  run('CREATE TABLE edge (parent int NOT NULL, child int NOT NULL)')
  run('COPY edge FROM STDIN', rowsOf(graph))
  run('CREATE INDEX downward ON edge (parent, child); CREATE INDEX upward ON edge (child, parent)')
  run('VACUUM (ANALYZE) edge')
  const session = new Session(spawn(join(programs, 'psql'), connect, { stdio: ['pipe', 'pipe', 'inherit'] }))
  const backend = Number(await session.ask('SELECT pg_backend_pid();', (bytes) => bytes.at(-1) === newline))
  return {
    name: 'postgres',
    says: `recursive UNION, ${run('SHOW server_version').trim().split(' ')[0]}, rows by binary COPY over a socket`,
    async trace(seed, direction) {
      const [here, next] = direction === 'forward' ? (['parent', 'child'] as const) : (['child', 'parent'] as const)
      let bytes = 0
      const took = await timed(async () => {
        const answer = await session.ask(reach(here, next, seed), isWhole)
        bytes = answer.length
        return numbersOf(answer)
      }, [backend, session.pid])
      return { ...took, calls: 1, rounds: 1, readUnits: 0, bytes }
    },
    async stop() {
      process.off('exit', halt)
      session.close()
      server.kill('SIGINT')
      await new Promise((resolve) => server.once('exit', resolve))
    },
  }
}

const newline = 10

function rowsOf({ length, from, to }: Graph): string {
  const rows = new Array<string>(length)
  for (let edge = 0; edge < length; edge += 1) rows[edge] = `${from[edge]}\t${to[edge]}\n`
  return rows.join('')
}

async function answers(ask: () => boolean): Promise<void> {
  for (let tries = 0; !ask(); tries += 1) {
    if (tries === 100) throw new Error('PostgreSQL was started and does not answer: leave it out with --engines')
    await pause(100)
  }
}

/** COPY's binary form ends with a field count of -1. */
const isWhole = (bytes: Buffer) =>
  bytes.length >= headerBytes + trailerBytes &&
  (bytes.length - headerBytes - trailerBytes) % rowBytes === 0 &&
  bytes.readInt16BE(bytes.length - trailerBytes) === -1

function numbersOf(bytes: Buffer): Uint32Array {
  const numbers = new Uint32Array((bytes.length - headerBytes - trailerBytes) / rowBytes)
  for (let row = 0; row < numbers.length; row += 1)
    numbers[row] = bytes.readUInt32BE(headerBytes + row * rowBytes + rowBytes - 4)
  return numbers
}

/** The server's own client, kept open: one question at a time. */
class Session {
  private readonly child: ChildProcess

  constructor(child: ChildProcess) {
    this.child = child
  }

  get pid(): number {
    return this.child.pid!
  }

  /** Sends SQL and collects what comes until it is whole. */
  ask(sql: string, whole: (bytes: Buffer) => boolean): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      const output = this.child.stdout!
      const end = (code: number | null) => reject(new Error(`psql ended with ${code}; the question was: ${sql}`))
      const take = (chunk: Buffer) => {
        chunks.push(chunk)
        // Only a chunk that may be the last one is worth joining with the others.
        if (chunk.length >= trailerBytes && !mayEnd(chunk)) return
        const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks)
        if (!whole(bytes)) return
        output.off('data', take)
        this.child.off('exit', end)
        resolve(bytes)
      }
      output.on('data', take)
      this.child.once('exit', end)
      this.child.stdin!.write(`${sql}\n`)
    })
  }

  close(): void {
    this.child.stdin!.end()
  }
}

const mayEnd = (chunk: Buffer) => chunk.at(-1) === newline || chunk.readInt16BE(chunk.length - trailerBytes) === -1
