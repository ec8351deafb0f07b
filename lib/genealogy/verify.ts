import type { StoredEdge } from '#kit/ports'
import { segmentSize } from './columns.ts'
import { type Nodes, placeOf } from './nodes.ts'
import type { Piece } from './piece.ts'
import { idIn, pieceOf, recordedEdge } from './recorded.ts'
import { pick } from './seal.ts'
import { contentOf, encode, type Stored } from './segment.ts'

/** Something that is not as it should be. */
export interface Finding {
  readonly name:
    | 'edge-not-in-log'
    | 'edge-without-fact'
    | 'part-damaged'
    | 'segment-differs'
    | 'late-edge-without-fact'
    | 'node-not-stored'
    | 'end-without-state'
    | 'lot-without-parents'
  readonly about: string
}

/** A stored piece with its bytes as they stand; without content where they are damaged. */
export interface StoredPiece {
  /** Number of the segment; undefined for a late run. */
  readonly segment: number | undefined
  readonly name: string
  readonly content: { readonly piece: Piece; readonly stored: Stored } | undefined
}

/** Everything that says what came from what. */
export interface Books {
  /** What the facts of the ledger draw: the truth. */
  readonly ledger: readonly StoredEdge[]
  /** What stands in the edge log: all of it, and the part that is not sealed yet. */
  readonly log: readonly StoredEdge[]
  readonly tail: readonly StoredEdge[]
  readonly pieces: readonly StoredPiece[]
  /** Ids of everything that has a state. */
  readonly known: ReadonlySet<string>
  readonly lots: readonly string[]
}

/** Rebuilds the genealogy from the ledger, compares it bit by bit with what is stored, and looks for loose ends. */
export function findingsIn(books: Books): Finding[] {
  return [...compareLog(books), ...comparePieces(books), ...looseEnds(books)]
}

const textOf = (edge: StoredEdge) => JSON.stringify(Object.entries(edge).sort(([a], [b]) => (a < b ? -1 : 1)))
const shown = ({ kind, from, to, fact }: StoredEdge) =>
  `${kind} from ${from} to ${to} by fact ${fact.version} of ${fact.entityId}`

/** Edges with the number of times they are there. */
class Tally {
  private readonly edges = new Map<string, { edge: StoredEdge; count: number }>()

  constructor(edges: Iterable<StoredEdge>) {
    for (const edge of edges) this.add(edge)
  }

  add(edge: StoredEdge): void {
    const known = this.edges.get(textOf(edge))
    if (known) known.count += 1
    else this.edges.set(textOf(edge), { edge, count: 1 })
  }

  /** Takes one away; false where none is left. */
  take(edge: StoredEdge): boolean {
    const known = this.edges.get(textOf(edge))
    if (!known || known.count === 0) return false
    known.count -= 1
    return true
  }

  left(): StoredEdge[] {
    return [...this.edges.values()].flatMap(({ edge, count }) => Array.from({ length: count }, () => edge))
  }
}

function compareLog({ ledger, log }: Books): Finding[] {
  const open = new Tally(ledger)
  const unfounded = log.filter((edge) => !open.take(edge))
  return [
    ...unfounded.map((edge): Finding => ({ name: 'edge-without-fact', about: shown(edge) })),
    ...open.left().map((edge): Finding => ({ name: 'edge-not-in-log', about: shown(edge) })),
  ]
}

function comparePieces({ ledger, tail, pieces }: Books): Finding[] {
  const findings: Finding[] = []
  const open = new Tally(ledger)
  for (const edge of tail) open.take(edge)
  const allNodes = pieces.flatMap(({ content }) => (content ? [content.piece.nodes] : []))
  const idOf = (number: number) => idIn(allNodes, number) ?? `node ${number}, which no part knows`
  for (const { segment, name, content } of pieces) {
    if (!content) findings.push({ name: 'part-damaged', about: name })
    else if (segment === undefined)
      for (const edge of edgesOf(content.piece, idOf))
        if (!open.take(edge)) findings.push({ name: 'late-edge-without-fact', about: `${shown(edge)}, in ${name}` })
  }
  const rest = pieceOf(open.left())
  const truth = pieceOf(ledger)
  const bySegment = Map.groupBy(rest.edges.to.keys(), (edge) => Math.floor(rest.edges.to[edge]! / segmentSize))
  const left = open.left()
  for (const { segment, name, content } of pieces) {
    if (segment === undefined || !content) continue
    const mine = (bySegment.get(segment) ?? []).map((edge) => left[edge]!)
    bySegment.delete(segment)
    const nodes = pick(truth.nodes, (number) => placeOf(content.piece.nodes.numbers, number) >= 0)
    if (!isSame(content, nodes, mine))
      findings.push({ name: 'segment-differs', about: `${name}: the ledger draws ${mine.length} edges into it` })
  }
  for (const [segment, edges] of bySegment)
    findings.push({ name: 'segment-differs', about: `segment ${segment} is not stored; it has ${edges.length} edges` })
  const inTail = pieceOf(tail).nodes
  for (const number of truth.nodes.numbers)
    if (placeOf(inTail.numbers, number) < 0 && idIn(allNodes, number) !== idIn([truth.nodes], number))
      findings.push({ name: 'node-not-stored', about: idIn([truth.nodes], number)! })
  return findings
}

const edgesOf = ({ edges }: Piece, idOf: (number: number) => string): StoredEdge[] =>
  Array.from(edges.kind.keys(), (edge) => recordedEdge(edges, edge, idOf))

/** Whether a segment made of these is the stored one, column by column and bit by bit, however it was compressed. */
function isSame({ stored, piece }: NonNullable<StoredPiece['content']>, nodes: Nodes, edges: readonly StoredEdge[]) {
  if (nodes.numbers.length !== piece.nodes.numbers.length) return false
  const made = encode({ nodes, edges: pieceOf(edges).edges })
  return (['parents', 'edges'] as const).every((part) => contentOf(stored[part]).equals(contentOf(made[part])))
}

function looseEnds({ ledger, known, lots }: Books): Finding[] {
  const children = new Set(ledger.map(({ to }) => to))
  const ends = new Map(ledger.flatMap((edge) => [edge.from, edge.to].map((end) => [end, edge] as const)))
  return [
    ...[...ends]
      .filter(([end]) => !known.has(end))
      .map(([end, edge]): Finding => ({ name: 'end-without-state', about: `${end}, an end of ${shown(edge)}` })),
    ...lots.filter((lot) => !children.has(lot)).map((lot): Finding => ({ name: 'lot-without-parents', about: lot })),
  ]
}
