import { idOf } from './deltas.ts'
import type { Past } from './factory.ts'
import type { Done, Segments } from './segments.ts'
import { digest, truth } from './truth.ts'

/** What the whole answer about the hub costs: grades, ways and edges beside the numbers. */
export interface Whole {
  readonly nodes: number
  readonly calls: number
  readonly readUnits: number
  /** Of the middle of the repeats, in a process that has run before and kept nothing. */
  readonly cpuMs: number
  readonly wallMs: number
  readonly peakMb: number
}

const repeats = 3

/** Asks the product for the whole answer; no relational engine here gives one. Everything that can be touched has a grade. */
export async function wholeAnswer({ graph, hub }: Past, engine: Segments): Promise<Whole> {
  await engine.forget!()
  const expected = digest(truth(graph, hub, 'forward'))
  const done: Done[] = []
  for (let n = 0; n < repeats; n += 1) {
    const one = await engine.perform({ do: 'trace anew', node: idOf(graph, hub), direction: 'forward' })
    if (digest(one.numbers) !== expected) throw new Error('the whole answer has other nodes than the truth')
    done.push(one)
  }
  const middle = (name: 'cpuMs' | 'wallMs') =>
    Math.round(done.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(repeats / 2)]!)
  const { calls, readUnits, numbers } = done[0]!
  const peakMb = Math.round(Math.max(...done.map((one) => one.peakMb)))
  return { nodes: numbers.length, calls, readUnits, cpuMs: middle('cpuMs'), wallMs: middle('wallMs'), peakMb }
}
