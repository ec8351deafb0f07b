import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'

const root = new URL('../..', import.meta.url).pathname

/** A local cloud in a process of its own. */
export interface Running {
  readonly port: number
  readonly pid: number
  /** Milliseconds from the spawn to `ready`. */
  readonly readyMs: number
  /** What it printed so far. */
  output(): string
  /** Kills it and everything it started at once, as a power cut would. */
  kill(): Promise<void>
  /** Asks it to end, as Ctrl-C would. */
  stop(): Promise<void>
}

/** Ports that a local cloud takes, from its first on. */
const portsOfACloud = 5

/** The first port from here on where a local cloud finds all of its ports free; another checkout may be at its tests. */
export async function freePort(from: number): Promise<number> {
  for (let port = from; ; port += portsOfACloud) {
    const ports = Array.from({ length: portsOfACloud }, (_, n) => port + n)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return port
  }
}

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Starts `bin/local.ts` on a synthesized app and waits until it is ready. */
export async function startRunning(
  { port, out, data, seed = 1 }: { port: number; out: string; data: string; seed?: number },
  flags: readonly string[] = [],
): Promise<Running> {
  const begin = performance.now()
  const args = ['--port', port, '--data', data, '--out', out, '--seed', seed].map(String)
  // A process group of its own, so that nothing outlives a kill.
  const child = spawn(process.execPath, [...flags, 'bin/local.ts', ...args], { cwd: root, detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => output.includes('\nready in') && resolve())
    void ended.then(() => reject(new Error(`the local cloud ended before it was ready:\n${output.slice(-2000)}`)))
  })
  return {
    port,
    pid: child.pid!,
    readyMs: performance.now() - begin,
    output: () => output,
    kill: () => killTree(child, ended),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Ids of a process and of all that descend from it; on Linux. */
export function treeOf(pid: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]]
      } catch {
        return [] // It ended meanwhile.
      }
    })
  const tree = [pid]
  for (const one of tree) tree.push(...parents.filter(([, parent]) => parent === one).map(([child]) => child))
  return tree
}

async function killTree(child: ChildProcess, ended: Promise<void>): Promise<void> {
  // The database engine has a group of its own; it must die at the same instant, not when it notices.
  for (const pid of treeOf(child.pid!)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  await ended
}
