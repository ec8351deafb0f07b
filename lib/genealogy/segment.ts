import { ByteReader, ByteWriter } from './bytes.ts'
import { type EdgeColumns, type Links, passing } from './columns.ts'
import { decodeRows, encodeRows, Instants } from './edge-rows.ts'
import { type Nodes, nodePrefixes, placeOf } from './nodes.ts'
import { Columns, foldedWord, pack, unfoldedWord } from './packed.ts'
import { canonical, type Piece } from './piece.ts'

/** The stored form of a piece: what a walk needs, and apart from it what grades, ids and people need. */
export interface Stored {
  readonly parents: Uint8Array
  readonly edges: Uint8Array
}

/** First byte of both parts. A piece of another format is refused; the edge log can always make it anew. */
const format = 2

/** Codes of prefixes, of which 0 is none. */
const codes = nodePrefixes.length + 1

/** Packs a piece; the same nodes and edges make the same bytes, in whatever order they come. */
export function encode({ nodes, edges }: Piece): Stored {
  const order = Uint32Array.from(canonical(edges))
  const linked = order.findLastIndex((edge) => passing[edges.kind[edge]!]) + 1
  return {
    parents: withFormat(pack(linkColumns(nodes, edges, order.subarray(0, linked)))),
    edges: withFormat(pack(restColumns(nodes, edges, order, linked))),
  }
}

/** Numbers in runs, what each node is, how many parents it has; and the parents, apart for each prefix, for what they are is alike. */
function linkColumns({ numbers, prefix }: Nodes, { from, to }: EdgeColumns, order: Uint32Array): number[][] {
  const [degrees, parents] = [[] as number[], Array.from({ length: codes }, (): number[] => [])]
  let edge = 0
  for (const [place, number] of numbers.entries()) {
    const begin = edge
    // Parents are near their child, and near each other: the nearest first, then always further down.
    while (edge < order.length && to[order[edge]!] === number) edge += 1
    degrees.push(edge - begin)
    for (let at = edge - 1; at >= begin; at -= 1) {
      const parent = from[order[at]!]!
      parents[prefix[place]!]!.push(at === edge - 1 ? foldedWord(number - parent) : from[order[at + 1]!]! - parent)
    }
  }
  if (edge < order.length) throw new Error(`An edge goes into node ${to[order[edge]!]}, which is not in the piece.`)
  return [runsOf(numbers), Array.from(prefix), degrees, ...parents]
}

/** Ascending numbers as gaps and the lengths of runs without a gap. */
function runsOf(numbers: Uint32Array): number[] {
  const runs: number[] = []
  let next = 0
  for (const number of numbers) {
    if (number === next && runs.length > 0) runs[runs.length - 1]! += 1
    else runs.push(number - next, 1)
    next = number + 1
  }
  return runs
}

export function decodeParents(bytes: Uint8Array): Links {
  const columns = new Columns(withoutFormat(bytes))
  const [runs, prefixes, degrees] = [columns.numbers(0), columns.small(1), columns.small(2)]
  const told = Array.from({ length: columns.length - 3 }, (_, code) => columns.numbers(3 + code))
  const count = prefixes.length
  const numbers = new Uint32Array(count)
  for (let run = 0, place = 0, number = 0; run < runs.length; run += 2) {
    number += runs[run]!
    for (const end = place + runs[run + 1]!; place < end; place += 1) numbers[place] = number++
  }
  const offsets = new Uint32Array(count + 1)
  const parents = new Uint32Array(told.reduce((sum, { length }) => sum + length, 0))
  const next = new Uint32Array(told.length)
  let at = 0
  for (let place = 0; place < count; place += 1) {
    const degree = degrees[place]!
    if (degree > 0) {
      const code = prefixes[place]!
      const mine = told[code]!
      let from = next[code]!
      let parent = numbers[place]! - unfoldedWord(mine[from++]!)
      parents[at + degree - 1] = parent
      for (let left = at + degree - 2; left >= at; left -= 1) {
        parent -= mine[from++]!
        parents[left] = parent
      }
      next[code] = from
      at += degree
    }
    offsets[place + 1] = at
  }
  if (at !== parents.length) throw new Error(`A piece says it has ${parents.length} parents and has ${at}.`)
  return { numbers, prefix: Uint8Array.from(prefixes), offsets, parents }
}

function restColumns({ numbers, times }: Nodes, edges: EdgeColumns, order: Uint32Array, linked: number): number[][] {
  const [minutes, milliseconds, births, evidence] = [1, 2, 3, 4].map((): number[] => [])
  const instants = new Instants([...times, ...Array.from(order, (edge) => edges.recordedAt[edge]!)])
  let minute = 0
  for (const time of instants.times) {
    minutes!.push(Math.floor(time / 60_000) - minute)
    minute = Math.floor(time / 60_000)
    milliseconds!.push(time % 60_000)
  }
  let before = 0
  for (const time of times) {
    const place = instants.placeOf(time)
    births!.push(foldedWord(place - before))
    before = place
  }
  let to = 0
  for (const edge of order.subarray(linked)) {
    evidence!.push(foldedWord(edges.to[edge]! - to), foldedWord(edges.to[edge]! - edges.from[edge]!))
    to = edges.to[edge]!
  }
  const born = (edge: number) => times[placeOf(numbers, edges.to[edge]!)]!
  return [minutes!, milliseconds!, births!, evidence!, ...encodeRows(edges, order, born, instants)]
}

/** The whole piece, from both its parts. */
export function decodeEdges(bytes: Uint8Array, { numbers, prefix, offsets, parents }: Links): Piece {
  const columns = new Columns(withoutFormat(bytes))
  const [minutes, milliseconds, births, evidence] = [0, 1, 2, 3].map((column) => columns.numbers(column)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  if (births.length !== numbers.length)
    throw new Error(`A piece has ${numbers.length} nodes and times of ${births.length}.`)
  const instants = new Float64Array(minutes.length)
  for (let at = 0, minute = 0; at < instants.length; at += 1) {
    minute += minutes[at]!
    instants[at] = minute * 60_000 + milliseconds[at]!
  }
  const born = new Uint32Array(births.length)
  for (let at = 0, place = 0; at < born.length; at += 1) {
    place += unfoldedWord(births[at]!)
    born[at] = place
  }
  const length = parents.length + evidence.length / 2
  const [from, to] = [new Uint32Array(length), new Uint32Array(length)]
  from.set(parents)
  for (let place = 0; place < numbers.length; place += 1) to.fill(numbers[place]!, offsets[place], offsets[place + 1])
  for (let at = parents.length, next = 0; at < length; at += 1, next += 2) {
    to[at] = (next === 0 ? 0 : to[at - 1]!) + unfoldedWord(evidence[next]!)
    from[at] = to[at]! - unfoldedWord(evidence[next + 1]!)
  }
  const rows = decodeRows(columns, 4, { from, to }, (edge) => born[placeOf(numbers, to[edge]!)]!, instants)
  return {
    nodes: { numbers, prefix, times: Float64Array.from(born, (at) => instants[at]!) },
    edges: { from, to, ...rows },
  }
}

/** A stored part as it was before it was compressed. */
export const contentOf = (part: Uint8Array): Buffer => new Columns(withoutFormat(part)).content()

function withFormat(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter()
  out.byte(format)
  out.append(bytes)
  return out.done()
}

function withoutFormat(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes)
  const found = reader.byte()
  if (found !== format)
    throw new Error(
      `A stored piece has format ${found}; this code reads format ${format}. ` +
        (found > format ? 'Deploy a newer one.' : 'Make it anew with: npm run genealogy:verify -- --rebuild'),
    )
  return reader.rest()
}
