import type { Case } from './compare.ts'
import type { Freeze } from './freeze.ts'
import type { Goal } from './goals.ts'
import { type Disorder, type Size, slope } from './growth.ts'
import type { Sealing } from './segments.ts'
import type { Whole } from './whole.ts'

const titles: Record<Case['case'], string> = {
  hub: 'hub: the lot that goes into nearly everything; a cold function',
  typical: 'typical: the middle of 100 lots that went into something; a warm function',
  backward: 'backward: where a shipped unit came from; a cold function',
}

const columns = ['calls', 'rounds', 'readUnits', 'bytes', 'cpuMs', 'wallMs', 'rows', 'runs'] as const

/** A number for people, in groups of three digits. */
export const grouped = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 2 })

/** A table for people of what each engine took, one line each. */
export function tableOf({ case: name, engines }: Case): string[] {
  const head = ['', ...columns, 'sha256']
  const body = engines.map((row) => [
    row.name,
    ...columns.map((column) => grouped(row[column])),
    row.sha256.slice(0, 12),
  ])
  const widths = head.map((_, at) => Math.max(...[head, ...body].map((cells) => cells[at]!.length)))
  const line = (cells: readonly string[]) =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  ')
  const anew = engines.flatMap(({ name, anewMs }) =>
    anewMs === undefined ? [] : [`${name} in a process that has run before and kept nothing: ${grouped(anewMs)} ms`],
  )
  return ['', titles[name], ...[head, ...body].map(line), ...anew]
}

/** A line for people that says whether a goal was reached. */
export const goalLine = ({ says, limit, is }: Goal): string =>
  `${is <= limit ? 'reached' : 'MISSED '}  ${says}: ${grouped(is)}, at most ${grouped(limit)}`

/** Lines for people about what only the product does. */
export function furtherLines({
  freeze,
  sealing,
  peakMb,
  whole,
  written,
  growth,
  disorder,
}: {
  readonly freeze: Freeze
  readonly sealing: Sealing
  readonly peakMb: number
  readonly whole: Whole
  readonly written: { readonly items: number; readonly forEdges: number }
  readonly growth: readonly Size[]
  readonly disorder: readonly Disorder[]
}): string[] {
  const powers = (['rows', 'calls', 'readUnits'] as const).map((name) => `${name} ${slope(growth, name)}`)
  return [
    '',
    `freeze: ${grouped(freeze.lots)} lots by ${freeze.writeUnits} write units in ${freeze.ms} ms, the epoch raised ${freeze.flips} times; 32 people moved lots ${freeze.moved} times, ${freeze.slipped} after it, and were refused ${freeze.refused} times`,
    `sealing: ${grouped(sealing.writeUnits)} write units in ${sealing.seals} seals, ${grouped(sealing.ms)} ms`,
    `a process that does nothing but the trace of the hub: ${peakMb} MB at most`,
    `graded: the whole answer about the hub, with grades, ways and edges: ${grouped(whole.nodes)} nodes, ${whole.calls} calls, ${grouped(whole.readUnits)} read units; a new process: ${grouped(whole.cpuMs)} ms of CPU, ${grouped(whole.wallMs)} ms, ${whole.peakMb} MB at most`,
    `graded by a process that has run before and kept nothing: ${grouped(whole.anewCpuMs)} ms of CPU, ${grouped(whole.anewWallMs)} ms, ${whole.anewPeakMb} MB at most; another page: ${whole.pageCalls} calls, ${whole.pageCpuMs} ms of CPU, ${whole.pageWallMs} ms`,
    `writing: a lot is split by a transaction of ${written.items} items, of which its edge adds ${written.forEdges}`,
    ...growth.map(
      (size) =>
        `${grouped(size.edges)} edges: the hub reaches ${grouped(size.rows)} nodes with ${size.calls} calls, ${grouped(size.readUnits)} read units`,
    ),
    ...disorder.map(
      ({ edges, late, tail, calls, readUnits, sealing }) =>
        `${grouped(edges)} edges, ${100 * late} % booked late, ${grouped(tail)} not sealed: the hub takes ${calls} calls, ${grouped(readUnits)} read units; sealing took ${grouped(sealing)} write units`,
    ),
    ...(growth.length > 1 ? [`growth as a power of the edges: ${powers.join(', ')}`] : []),
    '',
  ]
}
