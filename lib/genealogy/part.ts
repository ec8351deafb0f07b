import { codeOf, type EdgeColumns, passing, segmentSize } from './columns.ts'
import { type Incidence, incidences } from './incidence.ts'

/** The affected part of the genealogy under dense places 0, 1, 2, ... instead of node numbers. */
export class Part {
  readonly columns: EdgeColumns
  /** Node numbers by place, ascending. */
  readonly numbers: Uint32Array
  /** Places by edge. */
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly into: Incidence
  readonly outOf: Incidence
  /** By place, 1 where something was packed into the node. */
  readonly isPack: Uint8Array
  private readonly pages: Int32Array[]

  /** Edges recorded after `asOf` (milliseconds since 1970) stay in the columns but are not seen. */
  constructor(columns: EdgeColumns, others: Iterable<number>, asOf: number) {
    this.columns = columns
    const pages = pagesOf([columns.from, columns.to, Uint32Array.from(others)])
    this.pages = pages
    this.numbers = numberPlaces(pages)
    this.from = placesOf(columns.from, pages)
    this.to = placesOf(columns.to, pages)
    const seen = recordedBy(columns, asOf)
    const { into, outOf } = incidences(this.from, this.to, this.numbers.length, seen)
    this.into = into
    this.outOf = outOf
    this.isPack = new Uint8Array(this.numbers.length)
    for (const edge of this.into.edges) if (columns.kind[edge] === pack) this.isPack[this.to[edge]!] = 1
  }

  /** Place of a node number; undefined where no edge and no seed names it. */
  placeOf(number: number): number | undefined {
    const place = this.pages[Math.floor(number / segmentSize)]?.[number % segmentSize]
    return place === undefined || place < 0 ? undefined : place
  }

  passes(edge: number): boolean {
    return passing[this.columns.kind[edge]!] === 1
  }

  /** Those edges of a node along which suspicion passes. */
  passingAt(index: Incidence, node: number): number[] {
    const found: number[] = []
    for (let at = index.offsets[node]!; at < index.offsets[node + 1]!; at += 1)
      if (this.passes(index.edges[at]!)) found.push(index.edges[at]!)
    return found
  }

  /** Those edges of a node that are of one kind. */
  kindAt(index: Incidence, node: number, kind: number): number[] {
    const found: number[] = []
    for (let at = index.offsets[node]!; at < index.offsets[node + 1]!; at += 1)
      if (this.columns.kind[index.edges[at]!] === kind) found.push(index.edges[at]!)
    return found
  }
}

const pack = codeOf('pack')

/** Marks the numbers that occur, in pages of one segment each, so that sparse numbers take little room. */
function pagesOf(lists: readonly Uint32Array[]): Int32Array[] {
  const pages: Int32Array[] = []
  for (const list of lists)
    for (let at = 0; at < list.length; at += 1) {
      const number = list[at]!
      const segment = Math.floor(number / segmentSize)
      const page = pages[segment] ?? new Int32Array(segmentSize).fill(-1)
      pages[segment] = page
      page[number % segmentSize] = 0
    }
  return pages
}

function placesOf(numbers: Uint32Array, pages: readonly Int32Array[]): Uint32Array {
  const places = new Uint32Array(numbers.length)
  for (let at = 0; at < places.length; at += 1)
    places[at] = pages[Math.floor(numbers[at]! / segmentSize)]![numbers[at]! % segmentSize]!
  return places
}

/** Gives the marked numbers their places, ascending, and lists them. */
function numberPlaces(pages: readonly Int32Array[]): Uint32Array {
  const numbers: number[] = []
  pages.forEach((page, segment) => {
    for (let index = 0; index < segmentSize; index += 1)
      if (page[index] === 0) page[index] = numbers.push(segment * segmentSize + index) - 1
  })
  return Uint32Array.from(numbers)
}

function recordedBy({ recordedAt, length }: EdgeColumns, asOf: number): Uint32Array {
  const edges = new Uint32Array(length)
  let count = 0
  for (let edge = 0; edge < length; edge += 1) if (recordedAt[edge]! <= asOf) edges[count++] = edge
  return edges.subarray(0, count)
}
