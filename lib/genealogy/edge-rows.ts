import { asFloat, decimalOf } from './bytes.ts'
import type { EdgeColumns } from './columns.ts'
import { type Columns, folded, foldedWord, unfolded, unfoldedWord } from './packed.ts'
import { factOfFrom, factOfTo } from './piece.ts'

/** What an edge says besides its two nodes, by stored column. */
const stored = [
  /** Which of the shapes each edge has, and the columns of the shapes themselves. */
  ...['shape', 'kind', 'parts', 'unit', 'fact', 'version'],
  ...['recordedAt', 'at', 'until', 'item', 'party', 'otherFact'],
  /** Which quantity, and the columns of the quantities themselves. */
  ...['quantity', 'places', 'whole', 'upper', 'lower'],
  'texts',
] as const
type Name =
  | ('shape' | 'kind' | 'parts' | 'unit' | 'fact' | 'version' | 'recordedAt' | 'at' | 'until' | 'item' | 'party')
  | ('otherFact' | 'quantity' | 'places' | 'whole' | 'upper' | 'lower' | 'texts')

/** Parts that an edge may have, one bit each; and whether its time is a whole minute, as people state it, or second. */
const has = { stated: 1, until: 2, quantity: 4, minute: 8, second: 16, item: 32, party: 64, roundUntil: 128 } as const
const roundness = (time: number) => (time % 60_000 === 0 ? has.minute : time % 1000 === 0 ? has.second : 0)
/** Milliseconds in which the time of an edge of these parts is counted. */
const tickOf = (parts: number) => (parts & has.minute ? 60_000 : parts & has.second ? 1000 : 1)
/** Stands for a fact of neither end, whose owner is told for each edge. */
const otherFact = 0

/** A column of whole numbers, each in as few bytes as they all fit in. */
type Words = Uint8Array | Uint32Array

type Rows = Omit<EdgeColumns, 'from' | 'to'>

/** Moments of a piece, ascending: most edges were recorded when a node came to be. */
export class Instants {
  readonly times: readonly number[]
  private readonly places: ReadonlyMap<number, number>

  constructor(times: Iterable<number>) {
    this.times = [...new Set(times)].sort((a, b) => a - b)
    this.places = new Map(this.times.map((time, place) => [time, place]))
  }

  placeOf(time: number): number {
    return this.places.get(time)!
  }
}

/** Numbers for values in the order in which they first come. */
class Codes<T> {
  readonly values: T[]
  private readonly codes: Map<T, number>

  constructor(values: T[] = []) {
    this.values = values
    this.codes = new Map(values.map((value, code) => [value, code]))
  }

  of(value: T): number {
    const known = this.codes.get(value)
    if (known !== undefined) return known
    this.codes.set(value, this.values.length)
    return this.values.push(value) - 1
  }
}

/** Quantities that were last told of an item, or of a kind of edge: the next one is often among them. */
class Recent {
  static readonly most = 4
  private readonly lists: number[][] = []

  /** Place of a quantity among them, from where it moves to the front; -1 where it is not, and then it is. */
  place(context: number, quantity: number): number {
    this.lists[context] ??= []
    const list = this.lists[context]
    const place = list.indexOf(quantity)
    if (place >= 0) list.splice(place, 1)
    else if (list.length === Recent.most) list.pop()
    list.unshift(quantity)
    return place
  }

  /** The quantity at a place, which moves to the front. */
  take(context: number, place: number): number {
    const quantity = this.lists[context]![place]!
    if (place > 0) this.place(context, quantity)
    return quantity
  }
}

/** Context of an edge's quantity: its item, else its kind. */
const contextOf = (item: number, kind: number) => (item > 0 ? 2 * item + 1 : 2 * kind)

/** Writes the rows of edges in this order; `born` is the time of the node that an edge goes into. */
export function encodeRows(
  edges: EdgeColumns,
  order: Uint32Array,
  born: (edge: number) => number,
  instants: Instants,
): number[][] {
  const out = Object.fromEntries(stored.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  const [texts, shapes, quantities] = [new Codes(['']), new Codes<string>(), new Codes<number>()]
  const [itemOf, partyOf, delayOf, recent] = [new Map<number, number>(), [] as number[], [] as number[], new Recent()]
  let [into, before, lastAt] = [-1, 0, 0]
  for (const edge of order) {
    const [kind, at, recordedAt] = [edges.kind[edge]!, edges.at[edge]!, edges.recordedAt[edge]!]
    const [until, quantity, fact] = [edges.until[edge]!, edges.quantity[edge]!, edges.texts[edges.fact[edge]!]!]
    const [unit, item, party] = [edges.unit, edges.item, edges.party].map((column) =>
      texts.of(edges.texts[column[edge]!]!),
    ) as [number, number, number]
    const isFirst = edges.to[edge] !== into
    into = edges.to[edge]!
    const round = roundness(at)
    const tick = tickOf(round)
    const parts =
      round |
      (edges.stated[edge] ? has.stated : 0) |
      (Number.isNaN(until) ? 0 : has.until) |
      ((until - at) % tick === 0 ? has.roundUntil : 0) |
      (Number.isNaN(quantity) ? 0 : has.quantity) |
      (item === 0 ? 0 : has.item) |
      (party === 0 ? 0 : has.party)
    const isOther = fact !== '' && fact !== factOfFrom && fact !== factOfTo
    const shape = [kind, parts, unit, isOther ? otherFact : 1 + texts.of(fact), edges.factVersion[edge]!]
    const known = shapes.values.length
    out.shape.push(shapes.of(shape.join()))
    if (shapes.values.length > known)
      for (const [n, name] of (['kind', 'parts', 'unit', 'fact', 'version'] as const).entries())
        out[name].push(shape[n]!)
    if (isOther) out.otherFact.push(texts.of(fact))

    const recorded = instants.placeOf(recordedAt)
    out.recordedAt.push(foldedWord(recorded - (isFirst ? instants.placeOf(born(edge)) : before)))
    before = recorded
    const ticks = Math.floor(recordedAt / tick)
    out.at.push(folded(at / tick - (isFirst ? ticks - (delayOf[kind] ?? 0) : Math.floor(lastAt / tick))))
    delayOf[kind] = ticks - at / tick
    lastAt = at
    if (parts & has.until) out.until.push(folded((until - at) / (parts & has.roundUntil ? tick : 1)))
    if (parts & has.item) {
      out.item.push(itemOf.get(edges.from[edge]!) === item ? 0 : item)
      itemOf.set(edges.from[edge]!, item)
    }
    if (parts & has.party) {
      out.party.push(partyOf[kind] === party ? 0 : party)
      partyOf[kind] = party
    }
    if (parts & has.quantity) {
      const code = quantities.of(quantity)
      const place = recent.place(contextOf(item, kind), code)
      out.quantity.push(place >= 0 ? place : Recent.most + code)
    }
  }
  for (const quantity of quantities.values) {
    const { places, whole } = decimalOf(quantity)
    out.places.push(places)
    out.whole.push(whole)
    if (places !== asFloat) continue
    const words = new DataView(new Float64Array([quantity]).buffer)
    out.upper.push(words.getUint32(4, true))
    out.lower.push(words.getUint32(0, true))
  }
  for (const text of texts.values.slice(1)) {
    const bytes = Buffer.from(text)
    out.texts.push(bytes.length)
    for (const byte of bytes) out.texts.push(byte)
  }
  return stored.map((name) => out[name as Name])
}

/** Reads the rows, whose columns begin at `first`; `born` tells the place of a moment among `instants`, as the writer's did. */
export function decodeRows(
  columns: Columns,
  first: number,
  { from, to }: Pick<EdgeColumns, 'from' | 'to'>,
  born: (edge: number) => number,
  instants: Float64Array,
): Rows {
  const column = Object.fromEntries(
    stored.map((name, place) => [
      name,
      name === 'at' || name === 'until' || name === 'whole'
        ? columns.large(first + place)
        : columns.small(first + place),
    ]),
  ) as Record<Exclude<Name, 'at' | 'until' | 'whole'>, Words> & Record<'at' | 'until' | 'whole', Float64Array>
  const { length } = to
  const rows = {
    kind: new Uint8Array(length),
    at: new Float64Array(length),
    until: new Float64Array(length).fill(Number.NaN),
    stated: new Uint8Array(length),
    recordedAt: new Float64Array(length),
    quantity: new Float64Array(length).fill(Number.NaN),
    unit: new Uint32Array(length),
    item: new Uint32Array(length),
    party: new Uint32Array(length),
    fact: new Uint32Array(length),
    factVersion: new Uint32Array(length),
  }
  const quantities = quantitiesIn(column)
  const itemOf = new Map<number, number>()
  const [partyOf, delayOf, recent] = [new Uint32Array(256), new Float64Array(256), new Recent()]
  const next = { until: 0, item: 0, party: 0, otherFact: 0, quantity: 0 }
  let [recorded, lastAt] = [0, 0]
  for (let edge = 0; edge < length; edge += 1) {
    const shape = column.shape[edge]!
    const [kind, parts] = [column.kind[shape]!, column.parts[shape]!]
    const tick = tickOf(parts)
    const isFirst = edge === 0 || to[edge] !== to[edge - 1]
    if (isFirst) recorded = born(edge)
    recorded += unfoldedWord(column.recordedAt[edge]!)
    const recordedAt = instants[recorded]!
    const ticks = Math.floor(recordedAt / tick)
    const at = (unfolded(column.at[edge]!) + (isFirst ? ticks - delayOf[kind]! : Math.floor(lastAt / tick))) * tick
    delayOf[kind] = ticks - at / tick
    lastAt = at
    rows.kind[edge] = kind
    rows.stated[edge] = parts & has.stated
    rows.recordedAt[edge] = recordedAt
    rows.at[edge] = at
    if (parts & has.until)
      rows.until[edge] = at + unfolded(column.until[next.until++]!) * (parts & has.roundUntil ? tick : 1)
    rows.unit[edge] = column.unit[shape]!
    rows.fact[edge] = column.fact[shape] === otherFact ? column.otherFact[next.otherFact++]! : column.fact[shape]! - 1
    rows.factVersion[edge] = column.version[shape]!
    if (parts & has.item) {
      const told = column.item[next.item++]!
      const item = told === 0 ? itemOf.get(from[edge]!)! : told
      if (told > 0) itemOf.set(from[edge]!, item)
      rows.item[edge] = item
    }
    if (parts & has.party) partyOf[kind] = rows.party[edge] = column.party[next.party++]! || partyOf[kind]!
    if (parts & has.quantity) {
      const code = column.quantity[next.quantity++]!
      const context = contextOf(rows.item[edge]!, kind)
      const quantity = code < Recent.most ? recent.take(context, code) : code - Recent.most
      if (code >= Recent.most) recent.place(context, quantity)
      rows.quantity[edge] = quantities[quantity]!
    }
  }
  return { length, ...rows, texts: textsIn(column.texts) }
}

function quantitiesIn({
  places,
  whole,
  upper,
  lower,
}: Record<'places' | 'upper' | 'lower', Words> & { whole: Float64Array }) {
  let float = 0
  return Float64Array.from(places, (count, n) => {
    if (count !== asFloat) return whole[n]! / 10 ** count
    const words = new DataView(new ArrayBuffer(8))
    words.setUint32(4, upper[float]!, true)
    words.setUint32(0, lower[float++]!, true)
    return words.getFloat64(0, true)
  })
}

function textsIn(bytes: Words): string[] {
  const texts = ['']
  for (let at = 0; at < bytes.length; at += bytes[at]! + 1)
    texts.push(Buffer.from(bytes.subarray(at + 1, at + 1 + bytes[at]!)).toString())
  return texts
}
