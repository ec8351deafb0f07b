import { codeOf } from './columns.ts'
import { Incidence } from './incidence.ts'
import type { Part } from './part.ts'

const consume = codeOf('consume')
const assemble = codeOf('assemble')
const withdraw = codeOf('withdraw')

/** Why a consumption touches an output of its order that no unit map tells of, by code; the first two are certain. */
const bases = ['only-source', 'only-output', 'no-unit-map', 'withdrawn'] as const
type Basis = (typeof bases)[number]
const codes = Object.fromEntries(bases.map((basis, code) => [basis, code])) as Record<Basis, number>

/** How a consumption and an output of one order hang together. */
export type PairRule = Basis | 'unit-map' | 'other-unit-map'

/**
 * What is known inside the orders: on what ground each consumption touches outputs, and the unit maps, which say for
 * single outputs what went into them. A unit map counts where the order consumed what it names.
 */
export class UnitMaps {
  private readonly part: Part
  private readonly basisOf: Uint8Array
  /** Assemble edges by order; one of a unit made in two orders may stand under both. */
  private readonly offsets: Uint32Array
  private readonly entries: Uint32Array
  private readonly sorted = new Map<Uint32Array, Incidence>()

  constructor(part: Part) {
    this.part = part
    this.basisOf = new Uint8Array(part.columns.length)
    this.offsets = new Uint32Array(part.numbers.length + 1)
    const entries: number[] = []
    const stamps = { sources: stampsFor(part), units: stampsFor(part) }
    for (let order = 0; order < part.numbers.length; order += 1) {
      const consumed = part.kindAt(part.into, order, consume)
      if (consumed.length > 0) {
        const outputs = part.passingAt(part.outOf, order)
        this.judge(order, consumed, outputs)
        this.collect(order, consumed, outputs, stamps, entries)
      }
      this.offsets[order + 1] = entries.length
    }
    this.entries = Uint32Array.from(entries)
  }

  /** Whether an edge is subject to the rules of its order, as consumption is. */
  governs(edge: number): boolean {
    return this.part.columns.kind[edge] === consume
  }

  /** Assemble edges that count. */
  get count(): number {
    return this.entries.length
  }

  has(order: number): boolean {
    return this.offsets[order]! < this.offsets[order + 1]!
  }

  /** Whether the consumption touches unmapped outputs for certain. */
  certain(edge: number): boolean {
    return !this.governs(edge) || this.basisOf[edge]! <= codes['only-output']
  }

  withdrawn(edge: number): boolean {
    return this.governs(edge) && this.basisOf[edge] === codes.withdrawn
  }

  /** The unit maps of each order in the order of a column, so that those with one value are found by halving. */
  sortedBy(key: Uint32Array): Incidence {
    const known = this.sorted.get(key)
    if (known) return known
    const entries = this.entries.slice()
    for (let order = 0; order + 1 < this.offsets.length; order += 1)
      if (this.offsets[order + 1]! - this.offsets[order]! > 1)
        entries.subarray(this.offsets[order], this.offsets[order + 1]).sort((a, b) => key[a]! - key[b]! || a - b)
    const sorted = new Incidence(this.offsets, entries, key)
    this.sorted.set(key, sorted)
    return sorted
  }

  /** The rule for one consumption and one output of its order. */
  ruleOf(consumption: number, output: number): PairRule {
    const { from, to, columns } = this.part
    const order = to[consumption]!
    const item = columns.item[consumption]!
    const ofUnit = this.sortedBy(to).with(order, to[output]!)
    const named = ofUnit.some((map) => from[map] === from[consumption])
    if (!named && item !== 0 && ofUnit.some((map) => columns.item[map] === item)) return 'other-unit-map'
    return named && !this.withdrawn(consumption) ? 'unit-map' : bases[this.basisOf[consumption]!]!
  }

  /** Finds on what ground the consumptions of one order touch its outputs. An unknown item may be any item. */
  private judge(order: number, consumed: readonly number[], outputs: readonly number[]) {
    const { from, to, columns } = this.part
    const sources = new Map<number, number>()
    const note = (item: number, source: number) =>
      sources.set(item, (sources.get(item) ?? source) === source ? source : several)
    for (const edge of consumed) {
      note(columns.item[edge]!, from[edge]!)
      note(any, from[edge]!)
    }
    const unknown = sources.get(0)
    const oneOutput = outputs.every((edge) => to[edge] === to[outputs[0]!])
    const back = this.allBack(order, consumed)
    for (const edge of consumed) {
      const source = from[edge]!
      const item = columns.item[edge]!
      const onlySource = sources.get(item === 0 ? any : item) === source && (unknown ?? source) === source
      let basis: Basis = oneOutput ? 'only-output' : 'no-unit-map'
      if (onlySource) basis = 'only-source'
      if (back?.has(source)) basis = 'withdrawn'
      this.basisOf[edge] = codes[basis]
    }
  }

  /** Lots of which as much came out of the order again as went in; where a quantity is not known it did not. */
  private allBack(order: number, consumed: readonly number[]): ReadonlySet<number> | undefined {
    const { from, to } = this.part
    const back = this.part.kindAt(this.part.outOf, order, withdraw)
    if (back.length === 0) return undefined
    const units = new Map<number, number>()
    const [into, out] = [this.sums(consumed, from, units), this.sums(back, to, units)]
    return new Set([...out].flatMap(([lot, sum]) => (sum >= (into.get(lot) ?? Number.NaN) ? [lot] : [])))
  }

  /** Millionths by lot; NaN where one is unknown or two have different units. */
  private sums(edges: readonly number[], ends: Uint32Array, units: Map<number, number>): Map<number, number> {
    const { quantity, unit } = this.part.columns
    const sums = new Map<number, number>()
    for (const edge of edges) {
      const lot = ends[edge]!
      const known = units.get(lot) ?? unit[edge]!
      units.set(lot, known)
      const more = known === unit[edge] ? Math.round(quantity[edge]! * 1e6) : Number.NaN
      sums.set(lot, (sums.get(lot) ?? 0) + more)
    }
    return sums
  }

  private collect(
    order: number,
    consumed: readonly number[],
    outputs: readonly number[],
    { sources, units }: { readonly sources: Int32Array; readonly units: Int32Array },
    entries: number[],
  ) {
    const { from, to, into } = this.part
    for (const edge of consumed) sources[from[edge]!] = order
    for (const output of outputs) {
      const unit = to[output]!
      if (units[unit] === order) continue
      units[unit] = order
      for (const edge of this.part.kindAt(into, unit, assemble)) if (sources[from[edge]!] === order) entries.push(edge)
    }
  }
}

/** Among the sources of an order by item: the key for any item, and the value where there are several. */
const any = -1
const several = -1

const stampsFor = ({ numbers }: Part) => new Int32Array(numbers.length).fill(-1)
