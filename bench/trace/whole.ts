import { idOf } from './deltas.ts'
import type { Past } from './factory.ts'
import type { Done, Segments } from './segments.ts'
import { digest, truth } from './truth.ts'

/** What the whole answer about the hub costs: grades, ways and edges beside the numbers. */
export interface Whole {
  readonly nodes: number
  readonly calls: number
  readonly readUnits: number
  /** In a new process, whose most memory is `peakMb`. */
  readonly cpuMs: number
  readonly wallMs: number
  readonly peakMb: number
  /** In one that has run before and kept nothing: the middle of three, and the most memory until then. */
  readonly anewCpuMs: number
  readonly anewWallMs: number
  readonly anewPeakMb: number
  /** Another page of an answer, where nothing was recorded since. */
  readonly pageCalls: number
  readonly pageCpuMs: number
  readonly pageWallMs: number
}

const repeats = 3

/** Asks the product for the whole answer; no relational engine here gives one. Everything that can be touched has a grade. */
export async function wholeAnswer({ graph, hub }: Past, engine: Segments): Promise<Whole> {
  await engine.forget!()
  const expected = digest(truth(graph, hub, 'forward'))
  const ask = async (what: 'trace' | 'trace anew') => {
    const done = await engine.perform({ do: what, node: idOf(graph, hub), direction: 'forward' })
    if (digest(done.numbers) !== expected) throw new Error('the whole answer has other nodes than the truth')
    return done
  }
  const first = await ask('trace')
  const page = await ask('trace')
  const anew: Done[] = []
  for (let n = 0; n < repeats; n += 1) anew.push(await ask('trace anew'))
  const middle = (name: 'cpuMs' | 'wallMs') => anew.map((one) => one[name]).sort((a, b) => a - b)[1]!
  return {
    ...{ nodes: first.numbers.length, calls: first.calls, readUnits: first.readUnits },
    ...{ cpuMs: Math.round(first.cpuMs), wallMs: Math.round(first.wallMs), peakMb: Math.round(first.peakMb) },
    ...{ anewCpuMs: Math.round(middle('cpuMs')), anewWallMs: Math.round(middle('wallMs')) },
    anewPeakMb: Math.round(Math.max(...anew.map((one) => one.peakMb))),
    ...{ pageCalls: page.calls, pageCpuMs: Math.round(page.cpuMs), pageWallMs: Math.round(page.wallMs) },
  }
}
