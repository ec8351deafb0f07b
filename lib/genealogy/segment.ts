import { ByteWriter } from './bytes.ts'
import { type EdgeColumns, passing } from './columns.ts'
import { decodeRows, encodeRows, rowColumns } from './edge-rows.ts'
import { type Nodes, placeOf } from './nodes.ts'
import { pack, unpack } from './packed.ts'
import { canonical, type Piece } from './piece.ts'

/** The stored form of a piece: what a walk needs, and apart from it what grades, ids and people need. */
export interface Stored {
  readonly parents: Uint8Array
  readonly edges: Uint8Array
}

/** Which node came from which, decoded; nothing else of the edges. */
export interface Links {
  readonly numbers: Uint32Array
  readonly prefix: Uint8Array
  /** Parents of the node `numbers[i]` are `parents[offsets[i]]` up to, not including, `parents[offsets[i + 1]]`. */
  readonly offsets: Uint32Array
  readonly parents: Uint32Array
}

/** First byte of both parts; stored pieces are never rewritten for a new format, so each must stay readable. */
const format = 1

/** Packs a piece; the same nodes and edges make the same bytes, in whatever order they come. */
export function encode({ nodes, edges }: Piece): Stored {
  const order = Uint32Array.from(canonical(edges))
  const linked = order.findLastIndex((edge) => passing[edges.kind[edge]!]) + 1
  return {
    parents: encodeLinks(nodes, edges, order.subarray(0, linked)),
    edges: encodeRest(nodes, edges, order, linked),
  }
}

function encodeLinks({ numbers, prefix }: Nodes, { from, to }: EdgeColumns, order: Uint32Array): Uint8Array {
  const [head, gaps, prefixes, degrees, parents] = columns(5)
  head!.byte(format)
  head!.varint(numbers.length)
  head!.varint(order.length)
  let [edge, before] = [0, 0]
  for (const [place, number] of numbers.entries()) {
    gaps!.varint(number - before)
    prefixes!.byte(prefix[place]!)
    const begin = edge
    // Parents are near their child, and near each other: the nearest first, then always further down.
    while (edge < order.length && to[order[edge]!] === number) edge += 1
    degrees!.varint(edge - begin)
    for (let at = edge - 1; at >= begin; at -= 1) {
      const parent = from[order[at]!]!
      if (at === edge - 1) parents!.signed(number - parent)
      else parents!.varint(from[order[at + 1]!]! - parent)
    }
    before = number
  }
  if (edge < order.length) throw new Error(`An edge goes into node ${to[order[edge]!]}, which is not in the piece.`)
  return pack([head!, gaps!, prefixes!, degrees!, parents!])
}

export function decodeParents(bytes: Uint8Array): Links {
  const [head, gaps, prefixes, degrees, distances] = unpack(bytes, 5)
  assertFormat(head!.byte())
  const [count, total] = [head!.varint(), head!.varint()]
  const numbers = new Uint32Array(count)
  const prefix = new Uint8Array(count)
  const offsets = new Uint32Array(count + 1)
  const parents = new Uint32Array(total)
  let [number, at] = [0, 0]
  for (let place = 0; place < count; place += 1) {
    number += gaps!.varint()
    numbers[place] = number
    prefix[place] = prefixes!.byte()
    const degree = degrees!.varint()
    let parent = degree > 0 ? number - distances!.signed() : 0
    for (let left = degree - 1; left >= 0; left -= 1) {
      parents[at + left] = parent
      if (left > 0) parent -= distances!.varint()
    }
    at += degree
    offsets[place + 1] = at
  }
  if (at !== total) throw new Error(`A piece says it has ${total} parents and has ${at}.`)
  return { numbers, prefix, offsets, parents }
}

function encodeRest({ numbers, times }: Nodes, edges: EdgeColumns, order: Uint32Array, linked: number): Uint8Array {
  const [head, clock, evidence] = columns(3)
  head!.byte(format)
  head!.varint(times.length)
  head!.varint(order.length - linked)
  let before = 0
  for (const time of times) {
    clock!.signed(time - before)
    before = time
  }
  let to = 0
  for (const edge of order.subarray(linked)) {
    evidence!.signed(edges.to[edge]! - to)
    evidence!.signed(edges.to[edge]! - edges.from[edge]!)
    to = edges.to[edge]!
  }
  return pack([
    head!,
    clock!,
    evidence!,
    ...encodeRows(edges, order, (edge) => times[placeOf(numbers, edges.to[edge]!)]!),
  ])
}

/** The whole piece, from both its parts. */
export function decodeEdges(bytes: Uint8Array, { numbers, prefix, offsets, parents }: Links): Piece {
  const [head, clock, evidence, ...rows] = unpack(bytes, 3 + rowColumns)
  assertFormat(head!.byte())
  const [count, more] = [head!.varint(), head!.varint()]
  if (count !== numbers.length) throw new Error(`A piece has ${numbers.length} nodes and times of ${count}.`)
  let time = 0
  const times = Float64Array.from({ length: count }, () => (time += clock!.signed()))
  const [from, to] = [new Uint32Array(parents.length + more), new Uint32Array(parents.length + more)]
  from.set(parents)
  for (let place = 0; place < count; place += 1) to.fill(numbers[place]!, offsets[place], offsets[place + 1])
  for (let at = parents.length; at < to.length; at += 1) {
    to[at] = (at === parents.length ? 0 : to[at - 1]!) + evidence!.signed()
    from[at] = to[at]! - evidence!.signed()
  }
  const born = (edge: number) => times[placeOf(numbers, to[edge]!)]!
  return { nodes: { numbers, prefix, times }, edges: { from, to, ...decodeRows(rows, to, born) } }
}

const columns = (count: number) => Array.from({ length: count }, () => new ByteWriter())

function assertFormat(found: number) {
  if (found !== format)
    throw new Error(`A stored piece has format ${found}; this code reads format ${format}. Deploy a newer one.`)
}
