import type { Engine, EngineName, Traced } from './engine.ts'
import type { Past } from './factory.ts'
import { Random } from './random.ts'
import { type Direction, digest, truth } from './truth.ts'

/** What one engine took for one case; see `Traced` for the units. */
export interface Row {
  readonly name: EngineName
  readonly calls: number
  readonly rounds: number
  readonly readUnits: number
  readonly bytes: number
  readonly cpuMs: number
  readonly wallMs: number
  /** Nodes in the answer. */
  readonly rows: number
  /** Of the answer's numbers, ascending; of the lot in the middle where a case has many. */
  readonly sha256: string
  /** Traces of which the numbers above are the medians. */
  readonly runs: number
  /** Time where the process has run before and kept nothing, in milliseconds; only of the product's hub. */
  readonly anewMs?: number
}

export interface Case {
  readonly case: 'hub' | 'typical' | 'backward'
  readonly engines: readonly Row[]
}

/** Lots of the typical case where nobody says otherwise. */
const typicalLots = 100
const usualRepeats = 5
/** An engine that has taken so long for a case, in milliseconds, is not run again. */
const patience = 30_000

/** A trace whose answer is known. */
interface Question {
  readonly seed: number
  readonly direction: Direction
  readonly rows: number
  readonly sha256: string
}

/** The questions of a past, answered by the judge. */
export interface Questions {
  readonly hub: Question
  readonly typical: readonly Question[]
  readonly backward: Question
}

/** Chooses what to ask about a past. The typical lots are those that went into something, the middle one first. */
export function questions({ graph, hub, used, shipped }: Past, seed: number, lots = typicalLots): Questions {
  const random = new Random(seed)
  const ask = (seed: number, direction: Direction): Question => {
    const numbers = truth(graph, seed, direction)
    return { seed, direction, rows: numbers.length, sha256: digest(numbers) }
  }
  const some = Array.from({ length: lots }, () => ask(used[random.below(used.length)]!, 'forward'))
  const ranked = some.sort((a, b) => a.rows - b.rows)
  const middle = Math.floor(ranked.length / 2)
  const fromMiddle = [...ranked.entries()].sort(([a], [b]) => Math.abs(a - middle) - Math.abs(b - middle))
  return {
    hub: ask(hub, 'forward'),
    typical: fromMiddle.map(([, question]) => question),
    backward: ask(shipped[Math.floor(shipped.length / 2)]!, 'backward'),
  }
}

/** An answer that is not the truth ends the comparison: what is wrong need not be fast. */
export class WrongAnswer extends Error {}

async function ask(engine: Engine, question: Question, trace = engine.trace): Promise<Traced> {
  const { seed, direction, rows, sha256 } = question
  const traced = await trace(seed, direction)
  const found = digest(traced.numbers.toSorted())
  if (found !== sha256)
    throw new WrongAnswer(
      `${engine.name}: the ${direction} trace of ${seed} has ${traced.numbers.length} nodes, the truth has ${rows}; SHA-256 ${found} and ${sha256}`,
    )
  return traced
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Asks each question in turn until the patience is over; at least the first. */
async function run(engine: Engine, asked: Iterable<Question>, cold: boolean): Promise<Row> {
  const traces: Traced[] = []
  const end = performance.now() + patience
  let first: Question | undefined
  for (const question of asked) {
    if (traces.length > 0 && performance.now() > end) break
    if (cold) await engine.forget?.()
    traces.push(await ask(engine, question))
    first ??= question
  }
  const middle = (name: Exclude<keyof Traced, 'numbers'>) => median(traces.map((traced) => traced[name]))
  return {
    name: engine.name,
    calls: middle('calls'),
    rounds: middle('rounds'),
    readUnits: middle('readUnits'),
    bytes: middle('bytes'),
    cpuMs: rounded(middle('cpuMs')),
    wallMs: rounded(middle('wallMs')),
    rows: first!.rows,
    sha256: first!.sha256,
    runs: traces.length,
  }
}

async function anew(engine: Engine, question: Question, repeats: number): Promise<Pick<Row, 'anewMs'>> {
  const times: number[] = []
  for (let n = 0; engine.traceAnew && n <= repeats; n += 1)
    times.push((await ask(engine, question, engine.traceAnew)).wallMs)
  return times.length === 0 ? {} : { anewMs: rounded(median(times.slice(1))) }
}

const rounded = (value: number) => Number(value.toPrecision(3))

/** One engine after the other, each with the machine for itself: hub and unit with an empty memory, the typical lots with a warm one. */
export async function compare(
  engines: readonly Engine[],
  { hub, typical, backward }: Questions,
  repeats = usualRepeats,
): Promise<Case[]> {
  const cases = { hub: [] as Row[], typical: [] as Row[], backward: [] as Row[] }
  for (const engine of engines) {
    cases.hub.push({ ...(await run(engine, Array(repeats).fill(hub), true)), ...(await anew(engine, hub, repeats)) })
    cases.backward.push(await run(engine, Array(repeats).fill(backward), true))
    await ask(engine, backward)
    cases.typical.push(await run(engine, typical, false))
  }
  return Object.entries(cases).map(([name, rows]) => ({ case: name as Case['case'], engines: rows }))
}
