import { createHash } from 'node:crypto'
import { edgeKinds } from '#kit/entity'
import { ForeignCursor, type Page } from '#kit/table'
import type { Traced, TracedNode, TracePosition, TraceRequest } from '#kit/trace'
import type { EdgeColumns } from './columns.ts'
import { type Graded, grades } from './grade.ts'
import { placeOf, prefixCodeOf, prefixOf } from './nodes.ts'
import { recordedEdge } from './recorded.ts'

/** What an answer is made of. */
export interface Findings {
  readonly request: TraceRequest
  readonly graded: Graded
  readonly edges: EdgeColumns
  readonly position: TracePosition
  readonly repaired: readonly string[]
  readonly idOf: (number: number) => string
  /** Code of the prefix of a node's id. */
  readonly prefixAt: (number: number) => number
}

const excluded = grades.indexOf('excluded')
const shipment = prefixCodeOf('shp')
/** Nodes of one page where the reader does not say. */
const pageSize = 1000

/** Tells the grades to people: ids for numbers, what counts at once, and the list in pages. */
export function tracedOf(findings: Findings): Traced {
  const { request, graded, position, repaired, idOf, prefixAt } = findings
  const numbers = graded.nodes.filter((_, place) => graded.grades[place] !== excluded)
  const prefixes = Uint8Array.from(graded.nodes, prefixAt)
  const fingerprint = digestOf(numbers)
  const about = subjectOf(request)
  let touching: Touching | undefined
  const loopOf = new Map(graded.loops.flatMap((loop, n) => loop.map((number) => [number, n] as const)))
  return {
    ...{ complete: true, fingerprint, position, repaired, numbers },
    counts: countsOf(graded, prefixes),
    parties: partiesOf(findings),
    shipments: shipmentsOf(graded, prefixes).map(idOf),
    loops: graded.loops.map((loop) => loop.map(idOf)),
    page(cursor, size = pageSize): Page<TracedNode> {
      touching ??= edgesByNode(findings)
      const begin = cursor === undefined ? 0 : placeAfter(cursor, about, fingerprint, graded.nodes.length)
      const end = Math.min(begin + size, graded.nodes.length)
      const places = Array.from({ length: end - begin }, (_, n) => begin + n)
      const items = places.map((place) =>
        nodeAt(findings, place, touching!.at(place), loopOf.get(graded.nodes[place]!)),
      )
      return end < graded.nodes.length ? { items, next: cursorOf(about, fingerprint, end) } : { items }
    },
  }
}

/** SHA-256 of ascending node numbers, as 32-bit words, the lowest byte first. */
const digestOf = (ascending: Uint32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(ascending.buffer, ascending.byteOffset, ascending.byteLength))
    .digest('hex')

function countsOf({ grades: codes }: Graded, prefixes: Uint8Array): Traced['counts'] {
  const counts = new Uint32Array(256 * grades.length)
  for (let place = 0; place < codes.length; place += 1) counts[prefixes[place]! * grades.length + codes[place]!]! += 1
  return Array.from(counts, (count, key) => ({ key, count }))
    .filter(({ count }) => count > 0)
    .map(({ key, count }) => ({
      prefix: prefixOf(Math.floor(key / grades.length)),
      grade: grades[key % grades.length]!,
      count,
    }))
}

function shipmentsOf({ nodes, grades: codes }: Graded, prefixes: Uint8Array): number[] {
  const shipments: number[] = []
  for (let place = 0; place < nodes.length; place += 1)
    if (prefixes[place] === shipment && codes[place] !== excluded) shipments.push(nodes[place]!)
  return shipments
}

function partiesOf({ edges, graded }: Findings): Traced['parties'] {
  const counts = new Map<number, number>()
  for (let edge = 0; edge < edges.length; edge += 1) {
    if (edges.party[edge] === 0 || graded.edgeGrades[edge] === excluded) continue
    const key = edges.party[edge]! * edgeKinds.length + edges.kind[edge]!
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const named = [...counts].map(([key, count]) => ({
    partnerId: edges.texts[Math.floor(key / edgeKinds.length)]!,
    kind: edgeKinds[key % edgeKinds.length]!,
    edges: count,
  }))
  return named.sort((a, b) => (`${a.partnerId} ${a.kind}` < `${b.partnerId} ${b.kind}` ? -1 : 1))
}

/** Edges of the answer by the place of the node into which they led the trace. */
interface Touching {
  at(place: number): number[]
}

function edgesByNode({ request, edges, graded }: Findings): Touching {
  const into = request.direction === 'forward' ? edges.to : edges.from
  const { nodes, edgeGrades } = graded
  const next = new Int32Array(edges.length).fill(-1)
  const first = new Int32Array(nodes.length).fill(-1)
  for (let edge = edges.length - 1; edge >= 0; edge -= 1) {
    if (edgeGrades[edge] === excluded) continue
    const place = placeOf(nodes, into[edge]!)
    if (place < 0) continue
    next[edge] = first[place]!
    first[place] = edge
  }
  return {
    at(place) {
      const touching: number[] = []
      for (let edge = first[place]!; edge >= 0; edge = next[edge]!) touching.push(edge)
      return touching
    },
  }
}

function nodeAt(
  { graded, edges, idOf }: Findings,
  place: number,
  touching: readonly number[],
  loop: number | undefined,
): TracedNode {
  const number = graded.nodes[place]!
  const { grade, rule, nodes, edges: way } = graded.explain(number)!
  // What is excluded shows the edge that would have led to it.
  const shown = touching.length > 0 ? touching : way.slice(-1)
  return {
    ...{ id: idOf(number), grade, rule, path: nodes.map(idOf) },
    edges: shown.map((edge) => recordedEdge(edges, edge, idOf)),
    ...(loop === undefined ? {} : { loop }),
  }
}

/** What was asked, in few characters: the same for requests that ask the same. */
export const subjectOf = (request: TraceRequest): string =>
  createHash('sha256')
    .update(JSON.stringify(inOrder(request)))
    .digest('base64url')

/** The request with its fields in one order. */
const inOrder = ({ seeds, direction, exclude = [], asOf }: TraceRequest) => [
  seeds.map(({ node, from, until }) => [node, from ?? null, until ?? null]),
  direction,
  [...exclude].sort(),
  asOf ?? null,
]

const cursorOf = (about: string, fingerprint: string, place: number) =>
  Buffer.from(`${about} ${fingerprint} ${place}`).toString('base64url')

function placeAfter(cursor: string, about: string, fingerprint: string, length: number): number {
  const [of, from, place] = Buffer.from(cursor, 'base64url').toString().split(' ')
  if (of !== about || !/^\d{1,10}$/.test(place ?? '')) throw new ForeignCursor()
  if (from !== fingerprint || Number(place) > length)
    throw new ForeignCursor(
      'belongs to an answer that has changed since; ask for the first page again, with "asOf" where much is recorded',
    )
  return Number(place)
}
