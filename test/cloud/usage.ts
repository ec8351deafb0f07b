import { readFileSync } from 'node:fs'
import { treeOf } from './running.ts'

/** What a process and all that descend from it use. */
export interface Usage {
  /** CPU time so far, in seconds. */
  readonly cpuSeconds: number
  /** Resident memory, in bytes; pages that several of them share count once for each. */
  readonly residentBytes: number
  /** Resident memory in which shared pages count by their part. */
  readonly proportionalBytes: number
}

/** Clock ticks a second, the unit of CPU times in /proc. */
const ticks = 100

/** Reads the usage of a process tree from /proc; on Linux. */
export function usageOf(pid: number): Usage {
  const each = treeOf(pid).map((one) => {
    const stat = readFileSync(`/proc/${one}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, 'utf8')
    const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1024
    return { cpu: (Number(fields[11]) + Number(fields[12])) / ticks, rss: bytes('Rss'), pss: bytes('Pss') }
  })
  const sum = (value: (one: (typeof each)[number]) => number) => each.reduce((total, one) => total + value(one), 0)
  return {
    cpuSeconds: sum(({ cpu }) => cpu),
    residentBytes: sum(({ rss }) => rss),
    proportionalBytes: sum(({ pss }) => pss),
  }
}
