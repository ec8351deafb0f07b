import { EdgeBuilder, segmentSize } from './columns.ts'
import type { Entry, Manifest } from './manifest.ts'
import { firstAt, type Nodes, placeOf } from './nodes.ts'
import type { Piece } from './piece.ts'

/** A segment is written anew when what is added is at least this part of what it holds; else the rest is late. */
const worthwhile = 1 / 4
/** Late runs are folded into their segments when they take more than this part of the segments' bytes. */
const tolerable = 1 / 4
/** Edges of one late run, so that it stays near 300 KB. */
const runLength = 32_768

/** Where the fresh edges will go, decided before anything old is read. */
export interface Draft {
  readonly fresh: Piece
  /** Segments to be written, ascending, each with its fresh edges. */
  readonly written: ReadonlyMap<number, readonly number[]>
  /** Fresh edges into all other segments. */
  readonly late: readonly number[]
  /** Segments that are not written but whose nodes are named: they know some of them already. */
  readonly consulted: readonly number[]
}

const segmentOf = (number: number) => Math.floor(number / segmentSize)

/** Whether the next seal shall fold the late runs into their segments. */
export function foldsLate({ segments, late }: Manifest): boolean {
  const bytes = (entries: readonly (Entry | undefined)[]) =>
    entries.reduce((sum, entry) => sum + (entry ? entry.parents.bytes + entry.rest.bytes : 0), 0)
  return bytes(late) > tolerable * bytes(segments)
}

/** Decides where fresh edges go; with `folds` they include what the late runs hold, and all of it goes into segments. */
export function draftSeal({ segments }: Manifest, fresh: Piece, folds: boolean): Draft {
  const bySegment = new Map<number, number[]>()
  for (const number of fresh.nodes.numbers) if (!bySegment.has(segmentOf(number))) bySegment.set(segmentOf(number), [])
  for (let edge = 0; edge < fresh.edges.length; edge += 1) bySegment.get(segmentOf(fresh.edges.to[edge]!))!.push(edge)
  const all = [...bySegment].sort(([a], [b]) => a - b)
  const isWritten = ([segment, edges]: readonly [number, readonly number[]]) => {
    const old = segments[segment]
    return folds || !old || (edges.length > 0 && edges.length >= worthwhile * old.edges)
  }
  const others = all.filter((one) => !isWritten(one))
  return {
    fresh,
    written: new Map(all.filter(isWritten)),
    late: others.flatMap(([, edges]) => edges),
    consulted: others.map(([segment]) => segment),
  }
}

/** The new content of one segment: what it held and what is fresh. */
export function segmentPiece({ fresh, written }: Draft, segment: number, old: Piece | undefined): Piece {
  const mine = written.get(segment)!
  const edges = new EdgeBuilder((old?.edges.length ?? 0) + mine.length + 1)
  if (old) edges.append(old.edges)
  edges.append(fresh.edges, mine)
  const added = between(fresh.nodes, segment * segmentSize, (segment + 1) * segmentSize)
  return { nodes: old ? unite([old.nodes, added]) : added, edges: edges.columns() }
}

/** The late runs of a seal: edges into segments that stay as they are, and nodes that nobody knew before. */
export function latePieces({ fresh, late, consulted }: Draft, known: readonly Pick<Nodes, 'numbers'>[]): Piece[] {
  const [into, untouched] = [new Set(late.map((edge) => fresh.edges.to[edge]!)), new Set(consulted)]
  const isNews = (number: number) =>
    untouched.has(segmentOf(number)) && known.every(({ numbers }) => placeOf(numbers, number) < 0)
  const nodes = pick(fresh.nodes, (number) => into.has(number) || isNews(number))
  if (nodes.numbers.length === 0) return []
  const runs = runsOf(nodes.numbers, fresh.edges.to, late)
  return runs.map(([first, last]) => {
    const mine = late.filter((edge) => fresh.edges.to[edge]! >= first && fresh.edges.to[edge]! <= last)
    const edges = new EdgeBuilder(mine.length + 1).append(fresh.edges, mine)
    return { nodes: between(nodes, first, last + 1), edges: edges.columns() }
  })
}

/** First and last node of each run, so that none has many more edges than `runLength`. */
function runsOf(numbers: Uint32Array, to: Uint32Array, late: readonly number[]): [number, number][] {
  const degrees = new Map<number, number>()
  for (const edge of late) degrees.set(to[edge]!, (degrees.get(to[edge]!) ?? 0) + 1)
  const runs: [number, number][] = []
  let length = runLength
  for (const number of numbers) {
    if (length >= runLength) {
      runs.push([number, number])
      length = 0
    }
    runs.at(-1)![1] = number
    length += degrees.get(number) ?? 0
  }
  return runs
}

/** All pieces as one. */
export function join(pieces: readonly Piece[]): Piece {
  const edges = new EdgeBuilder(pieces.reduce((sum, piece) => sum + piece.edges.length, 1))
  for (const piece of pieces) edges.append(piece.edges)
  return { nodes: unite(pieces.map(({ nodes }) => nodes)), edges: edges.columns() }
}

/** The nodes that `keep` says yes to. */
export function pick({ numbers, prefix, times }: Nodes, keep: (number: number) => boolean): Nodes {
  return {
    numbers: numbers.filter(keep),
    prefix: prefix.filter((_, place) => keep(numbers[place]!)),
    times: times.filter((_, place) => keep(numbers[place]!)),
  }
}

/** The nodes whose numbers are at least `first` and below `end`. */
function between({ numbers, prefix, times }: Nodes, first: number, end: number): Nodes {
  const [from, to] = [firstAt(numbers, first), firstAt(numbers, end)]
  return { numbers: numbers.subarray(from, to), prefix: prefix.subarray(from, to), times: times.subarray(from, to) }
}

function unite(parts: readonly Nodes[]): Nodes {
  const seen = new Map<number, readonly [Nodes, number]>()
  for (const nodes of parts) for (const [place, number] of nodes.numbers.entries()) seen.set(number, [nodes, place])
  const numbers = Uint32Array.from(seen.keys()).sort()
  return {
    numbers,
    prefix: Uint8Array.from(numbers, (number) => seen.get(number)![0].prefix[seen.get(number)![1]]!),
    times: Float64Array.from(numbers, (number) => seen.get(number)![0].times[seen.get(number)![1]]!),
  }
}

/** The places of new late runs: the lowest that no run has that is still in use. */
export function freeSlots(taken: readonly Entry[], count: number): number[] {
  const used = new Set(taken.map(({ slot }) => slot))
  const free: number[] = []
  for (let slot = 0; free.length < count; slot += 1) if (!used.has(slot)) free.push(slot)
  return free
}
