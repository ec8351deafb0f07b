import { readdirSync, readFileSync } from 'node:fs'
import type { Direction } from './truth.ts'

/** The ways to trace that are compared. */
export const engineNames = ['segments', 'query', 'adjacency', 'sqlite', 'postgres', 'memory'] as const
export type EngineName = (typeof engineNames)[number]

/** An answer, and what it took. */
export interface Traced {
  /** Numbers of all nodes that the seed touches, itself among them, in any order. */
  readonly numbers: Uint32Array
  readonly calls: number
  /** Calls that wait for each other, one after another. */
  readonly rounds: number
  /** DynamoDB's read units, strongly consistent. */
  readonly readUnits: number
  /** Bytes that came out of the store. */
  readonly bytes: number
  /** Processor time of the asking process, and of the database's where that does the searching. */
  readonly cpuMs: number
  readonly wallMs: number
}

/** One way to find what a node touches. */
export interface Engine {
  readonly name: EngineName
  readonly says: string
  trace(seed: number, direction: Direction): Promise<Traced>
  /** Begins anew as a process that has just been started. */
  forget?(): Promise<void>
  /** The same in a process that has run before and kept nothing. */
  traceAnew?(seed: number, direction: Direction): Promise<Traced>
  stop(): Promise<void>
}

/** Processor time of other processes so far, in milliseconds; on Linux. */
function cpuOf(processes: readonly number[]): number {
  let nanoseconds = 0
  for (const pid of processes)
    for (const task of readdirSync(`/proc/${pid}/task`))
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0])
  return nanoseconds / 1e6
}

/** Times a search; `processes` are those whose processor time counts beside this one's. */
export async function timed(
  search: () => Promise<Uint32Array> | Uint32Array,
  processes: readonly number[] = [],
): Promise<Pick<Traced, 'numbers' | 'cpuMs' | 'wallMs'>> {
  const others = cpuOf(processes)
  const cpu = process.cpuUsage()
  const begin = performance.now()
  const numbers = await search()
  const wallMs = performance.now() - begin
  const { user, system } = process.cpuUsage(cpu)
  return { numbers, wallMs, cpuMs: (user + system) / 1000 + cpuOf(processes) - others }
}
