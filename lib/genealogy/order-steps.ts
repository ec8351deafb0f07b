import type { Incidence } from './incidence.ts'
import type { Part } from './part.ts'
import type { Direction } from './reach.ts'
import type { UnitMaps } from './unit-map.ts'

type Visit = (edge: number) => void

const none = new Uint32Array(0)

/**
 * Which edges of an order with unit maps follow on one of its edges. An order of 10,000 inputs and 10,000 outputs has
 * 100 million pairs; here each edge is offered once by its item, and once more for each unit map that names it.
 * That is enough because the edges come in the order of time: who comes later opens nothing that is not open.
 */
export interface OrderSteps {
  follow(order: number, edge: number, visit: Visit): void
}

/** The walk of one grade in one direction needs its own steps, for they remember what is still to be offered. */
export const orderSteps = (part: Part, maps: UnitMaps, direction: Direction, certainOnly: boolean): OrderSteps =>
  direction === 'forward' ? new Outputs(part, maps, certainOnly) : new Inputs(part, maps, certainOnly)

/** Forward: from a consumption, or something else that touches the whole order, to the outputs. */
class Outputs implements OrderSteps {
  private readonly part: Part
  private readonly maps: UnitMaps
  private readonly certainOnly: boolean
  private readonly bySource: Incidence
  private readonly byItem: Incidence
  private readonly left = new Map<number, number[]>()
  /** What was offered already by its item and by its source, by the place where its unit maps stand. */
  private readonly items = new Set<number>()
  private readonly sources = new Set<number>()

  constructor(part: Part, maps: UnitMaps, certainOnly: boolean) {
    this.part = part
    this.maps = maps
    this.certainOnly = certainOnly
    this.bySource = maps.sortedBy(part.from)
    this.byItem = maps.sortedBy(part.columns.item)
  }

  follow(order: number, edge: number, visit: Visit) {
    const { part } = this
    const governed = this.maps.governs(edge)
    if (governed && this.certainOnly && this.maps.withdrawn(edge)) return
    if (governed) this.named(order, edge, visit)
    if (governed && this.certainOnly && !this.maps.certain(edge)) return
    const maps = governed ? this.ofItem(order, part.columns.item[edge]!) : none
    if (isOld(maps, this.items)) return
    const units = new Set(Array.from(maps, (map) => part.to[map]!))
    const left = this.left.get(order) ?? Array.from(part.outOf.at(order)).filter((output) => part.passes(output))
    const isMapped = (output: number) => units.has(part.to[output]!)
    for (const output of left) if (!isMapped(output)) visit(output)
    this.left.set(order, left.filter(isMapped))
  }

  private ofItem(order: number, item: number): Uint32Array {
    return item === 0 ? none : this.byItem.with(order, item)
  }

  /** The outputs whose unit map names the consumed lot. */
  private named(order: number, consumption: number, visit: Visit) {
    const { from, to, outOf } = this.part
    const maps = this.bySource.with(order, from[consumption]!)
    if (isOld(maps, this.sources)) return
    for (const map of maps)
      for (const output of outOf.with(order, to[map]!)) if (this.part.passes(output)) visit(output)
  }
}

function isOld(maps: Uint32Array, offered: Set<number>): boolean {
  if (maps.length === 0) return false
  const old = offered.has(maps.byteOffset)
  offered.add(maps.byteOffset)
  return old
}

/** Backward: from an output to the consumptions and to whatever else touched the order. */
class Inputs implements OrderSteps {
  private readonly part: Part
  private readonly maps: UnitMaps
  private readonly certainOnly: boolean
  private readonly byUnit: Incidence
  private readonly left = new Map<number, number[][]>()

  constructor(part: Part, maps: UnitMaps, certainOnly: boolean) {
    this.part = part
    this.maps = maps
    this.certainOnly = certainOnly
    this.byUnit = maps.sortedBy(part.to)
  }

  follow(order: number, output: number, visit: Visit) {
    const { part } = this
    const named = this.byUnit.with(order, part.to[output]!)
    const lots = new Set(Array.from(named, (map) => part.from[map]!))
    for (const lot of lots)
      for (const input of part.outOf.with(lot, order))
        if (part.passes(input) && !(this.certainOnly && this.maps.withdrawn(input))) visit(input)
    const mapped = new Set(Array.from(named, (map) => part.columns.item[map]!))
    const left = this.left.get(order) ?? this.inputsByItem(order)
    const isMapped = ([input]: readonly number[]) => {
      const item = this.itemOf(input!)
      return item > 0 && mapped.has(item)
    }
    for (const inputs of left)
      if (!isMapped(inputs)) for (const input of inputs) if (!this.certainOnly || this.maps.certain(input)) visit(input)
    this.left.set(order, left.filter(isMapped))
  }

  /** Item of a consumption; what else touched the order, or is not known, is no item. */
  private itemOf(input: number): number {
    return this.maps.governs(input) ? this.part.columns.item[input]! : 0
  }

  private inputsByItem(order: number): number[][] {
    const inputs = Array.from(this.part.into.at(order)).filter((input) => this.part.passes(input))
    const groups = Map.groupBy(inputs, (input) => this.itemOf(input))
    return [...groups.values()]
  }
}
