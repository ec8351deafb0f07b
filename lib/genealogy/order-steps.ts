import type { Incidence } from './incidence.ts'
import type { Part } from './part.ts'
import type { Direction } from './reach.ts'
import type { UnitMaps } from './unit-map.ts'

type Offer = (edge: number) => void

/**
 * Which edges of an order with unit maps follow on one of its edges. An order of 10,000 inputs and 10,000 outputs has
 * 100 million pairs; here each edge is offered once by its item, and once more for each unit map that names it.
 * That is enough because the edges come in the order of time: who comes later opens nothing that is not open.
 */
export interface OrderSteps {
  follow(order: number, edge: number, offer: Offer): void
}

/** The walk of one grade in one direction needs its own steps, for they remember what is still to be offered. */
export const orderSteps = (part: Part, maps: UnitMaps, direction: Direction, certainOnly: boolean): OrderSteps =>
  direction === 'forward' ? new Outputs(part, maps, certainOnly) : new Inputs(part, maps, certainOnly)

const none = new Uint32Array(0)

/** Forward: from a consumption, or something else that touches the whole order, to the outputs. */
class Outputs implements OrderSteps {
  private readonly part: Part
  private readonly maps: UnitMaps
  private readonly certainOnly: boolean
  private readonly bySource: Incidence
  private readonly byItem: Incidence
  /** Outputs not offered yet, by order. */
  private readonly left = new Map<number, readonly number[]>()
  /** By unit map, 1 where it heads those of an item, or of a source, that were offered. */
  private readonly items: Uint8Array
  private readonly sources: Uint8Array
  /** By place, the last question in which a unit had a map for the item. */
  private readonly mapped: Uint32Array
  private question = 0

  constructor(part: Part, maps: UnitMaps, certainOnly: boolean) {
    this.part = part
    this.maps = maps
    this.certainOnly = certainOnly
    this.bySource = maps.sortedBy(part.from)
    this.byItem = maps.sortedBy(part.columns.item)
    this.items = new Uint8Array(this.byItem.edges.length)
    this.sources = new Uint8Array(this.bySource.edges.length)
    this.mapped = new Uint32Array(maps.count > 0 ? part.numbers.length : 0)
  }

  follow(order: number, edge: number, offer: Offer) {
    const { part, maps } = this
    if (!maps.governs(edge)) return this.unnamed(order, none, offer)
    if (this.certainOnly && maps.withdrawn(edge)) return
    this.named(order, part.from[edge]!, offer)
    if (this.certainOnly && !maps.certain(edge)) return
    const item = part.columns.item[edge]!
    this.unnamed(order, item === 0 ? none : this.byItem.with(order, item), offer)
  }

  /** The outputs whose unit map names the consumed lot. */
  private named(order: number, source: number, offer: Offer) {
    const { to, outOf } = this.part
    const maps = this.bySource.with(order, source)
    if (isOld(maps, this.sources)) return
    for (const map of maps)
      for (const output of outOf.with(order, to[map]!)) if (this.part.passes(output)) offer(output)
  }

  /** The outputs that have none of these maps, which are those of one item. */
  private unnamed(order: number, maps: Uint32Array, offer: Offer) {
    const left = this.left.get(order) ?? this.part.passingAt(this.part.outOf, order)
    if (left.length === 0 || isOld(maps, this.items)) return
    this.question += 1
    for (const map of maps) this.mapped[this.part.to[map]!] = this.question
    const isMapped = (output: number) => this.mapped[this.part.to[output]!] === this.question
    for (const output of left) if (!isMapped(output)) offer(output)
    this.left.set(order, maps.length === 0 ? [] : left.filter(isMapped))
  }
}

/** Whether these unit maps were offered before, by the place where they stand; from now on they were. */
function isOld(maps: Uint32Array, offered: Uint8Array): boolean {
  if (maps.length === 0) return false
  const first = maps.byteOffset / maps.BYTES_PER_ELEMENT
  const old = offered[first] === 1
  offered[first] = 1
  return old
}

/** Backward: from an output to the consumptions and to whatever else touched the order. */
class Inputs implements OrderSteps {
  private readonly part: Part
  private readonly maps: UnitMaps
  private readonly certainOnly: boolean
  private readonly byUnit: Incidence
  /** Inputs not offered yet, by order and item. */
  private readonly left = new Map<number, readonly (readonly number[])[]>()

  constructor(part: Part, maps: UnitMaps, certainOnly: boolean) {
    this.part = part
    this.maps = maps
    this.certainOnly = certainOnly
    this.byUnit = maps.sortedBy(part.to)
  }

  follow(order: number, output: number, offer: Offer) {
    const { from, to, columns } = this.part
    const maps = Array.from(this.byUnit.with(order, to[output]!))
    this.named(order, new Set(maps.map((map) => from[map]!)), offer)
    this.unnamed(order, new Set(maps.map((map) => columns.item[map]!)), offer)
  }

  /** The consumptions of the lots that the unit map of an output names. */
  private named(order: number, lots: ReadonlySet<number>, offer: Offer) {
    const { outOf } = this.part
    for (const lot of lots)
      for (const input of outOf.with(lot, order))
        if (this.part.passes(input) && !(this.certainOnly && this.maps.withdrawn(input))) offer(input)
  }

  /** The inputs of which the unit map names no other lot of the item. */
  private unnamed(order: number, items: ReadonlySet<number>, offer: Offer) {
    const left = this.left.get(order) ?? this.inputsByItem(order)
    const isMapped = ([input]: readonly number[]) => this.itemOf(input!) > 0 && items.has(this.itemOf(input!))
    for (const inputs of left)
      if (!isMapped(inputs)) for (const input of inputs) if (!this.certainOnly || this.maps.certain(input)) offer(input)
    this.left.set(order, left.filter(isMapped))
  }

  private inputsByItem(order: number): number[][] {
    const inputs = this.part.passingAt(this.part.into, order)
    return [...Map.groupBy(inputs, (input) => this.itemOf(input)).values()]
  }

  /** Item of a consumption; what else touched the order, or is not known, is no item. */
  private itemOf(input: number): number {
    return this.maps.governs(input) ? this.part.columns.item[input]! : 0
  }
}
