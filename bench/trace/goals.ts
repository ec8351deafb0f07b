import type { Case, Row } from './compare.ts'
import type { EngineName } from './engine.ts'
import type { Freeze } from './freeze.ts'
import type { Sealing } from './segments.ts'
import type { Whole } from './whole.ts'

/** What was measured, as far as it was. */
export interface Measured {
  readonly cases: readonly Case[]
  readonly freeze?: Freeze | undefined
  readonly sealing?: Sealing | undefined
  readonly peakMb?: number | undefined
  readonly whole?: Whole | undefined
  readonly written?: { readonly forEdges: number } | undefined
}

/** A goal at a million edges, and what was reached; at other sizes it is only information. */
export interface Goal {
  readonly says: string
  readonly limit: number
  readonly is: number
}

/** Holds what was measured against the goals of the genealogy engine; each is a number not to be exceeded. */
export function goalsOf({ cases, freeze, sealing, peakMb, whole, written }: Measured): Goal[] {
  const row = (name: Case['case'], engine: EngineName): Row | undefined =>
    cases.find((one) => one.case === name)?.engines.find((one) => one.name === engine)
  const wall = (name: Case['case'], engine: EngineName) => row(name, engine)?.wallMs
  const over = (a?: number, b?: number) => (a === undefined || b === undefined ? undefined : Number((a / b).toFixed(2)))
  const hub = row('hub', 'segments')
  const goals: [string, number, number | undefined][] = [
    ['hub: calls', 25, hub?.calls],
    ['hub: read units', 900, hub?.readUnits],
    ['hub: time as part of PostgreSQL', 0.2, over(wall('hub', 'segments'), wall('hub', 'postgres'))],
    ['hub: time in searches in memory', 10, over(wall('hub', 'segments'), wall('hub', 'memory'))],
    ['hub anew: time as part of PostgreSQL', 0.2, over(hub?.anewMs, wall('hub', 'postgres'))],
    ['hub anew: time in searches in memory', 10, over(hub?.anewMs, wall('hub', 'memory'))],
    ['typical: calls', 25, row('typical', 'segments')?.calls],
    ['typical: time as part of PostgreSQL', 1.5, over(wall('typical', 'segments'), wall('typical', 'postgres'))],
    ['backward: calls', 25, row('backward', 'segments')?.calls],
    ['freeze: write units', 300, freeze?.writeUnits],
    ['freeze: times the epoch was raised', 1, freeze?.flips],
    ['freeze: moves that slipped', 0, freeze?.slipped],
    ['memory of one trace in MB', 512, peakMb],
    ['memory of the whole answer in MB', 512, whole?.peakMb],
    ['writing: items that an edge adds', 2, written?.forEdges],
    ['sealing: write units', 6000, sealing?.writeUnits],
  ]
  return goals.flatMap(([says, limit, is]) => (is === undefined ? [] : [{ says, limit, is }]))
}
