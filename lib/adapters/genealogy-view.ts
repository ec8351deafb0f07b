import type { Bits } from '../genealogy/bits.ts'
import { EdgeBuilder, type Links, type Pairs, segmentSize } from '../genealogy/columns.ts'
import type { Entry, Manifest } from '../genealogy/manifest.ts'
import { type Nodes, placeOf } from '../genealogy/nodes.ts'
import type { Piece } from '../genealogy/piece.ts'
import { Graph, noPairs, pairsOf } from '../genealogy/reach.ts'
import { idIn } from '../genealogy/recorded.ts'
import { decodeEdges, decodeParents } from '../genealogy/segment.ts'
import { type View, viewOf } from '../genealogy/view.ts'
import {
  type GenealogyStore,
  type Head,
  latePlace,
  type Place,
  placeKey,
  reportDamage,
  segmentPlace,
} from './genealogy-store.ts'
import { type Unsealed, Unsealeds } from './genealogy-tail.ts'

/** Decoded edges that a warm function keeps, some 60 bytes each: about a million. */
const keptEdges = 1_000_000
/** Readings before a part that is not what the manifest says counts as damaged: a seal may have moved it meanwhile. */
const readings = 4

/** A part is not what the manifest says, and the manifest still stands. */
class Damaged extends Error {
  readonly parts: readonly string[]
  constructor(parts: readonly Place[]) {
    super(parts.map(({ pk, name, slot }) => `${pk} ${name} ${slot}`).join(', '))
    this.parts = parts.map(({ pk, name }) => `${pk} ${name}`)
  }
}

/** What stands sealed at one version of the manifest, decoded; a view keeps its own while another opens a newer one. */
interface Sealed {
  readonly manifest: Manifest
  readonly links: ReadonlyMap<string, Links>
  /** The same by number of the segment, and those of the late runs. */
  readonly bySegment: readonly (Links | undefined)[]
  readonly late: readonly Links[]
  readonly graph: Graph
}

/** Opens views; what was sealed never changes, so a warm function keeps it. */
export class Views {
  private readonly store: GenealogyStore
  private readonly pieces = new Map<string, Piece>()
  private readonly unsealed: Unsealeds
  private sealed: Sealed | undefined
  private opened: { readonly tail: Unsealed; readonly sealed: Sealed; readonly view: View } | undefined

  constructor(store: GenealogyStore) {
    this.store = store
    this.unsealed = new Unsealeds(store)
  }

  /**
   * Does something with a view. Where a part is missing or damaged for good it is reported, and the same is done with
   * a view that was made of the edge log alone.
   */
  async over<T>(work: (view: View) => Promise<T>): Promise<T> {
    for (let reading = 1; ; reading += 1) {
      const head = await this.store.head()
      try {
        return await work(await this.open(head))
      } catch (error) {
        if (!(error instanceof Damaged)) throw error
        const { manifest: now } = await this.store.head()
        if (now.version === head.manifest.version || reading === readings) return this.fromLog(error, work)
      }
    }
  }

  /** While nothing is recorded or sealed, it is the same view. */
  private async open({ manifest, ...head }: Head): Promise<View> {
    const [tail, sealed] = await Promise.all([this.unsealed.at({ manifest, ...head }), this.sealedAs(manifest)])
    const { opened } = this
    if (opened?.tail === tail && opened.sealed === sealed && opened.view.position.tail === head.tail) return opened.view
    const view = {
      ...{
        position: { tail: head.tail, sealed: manifest.sealed },
        graph: sealed.graph,
        tail: tail.pairs,
        repaired: [],
      },
      prefixAt: (number: number) => prefixAt(sealed, tail, number),
      edgesInto: (nodes: Bits) => this.edgesInto(sealed, tail.piece(), nodes),
    }
    this.opened = { tail, sealed, view }
    return view
  }

  /** The edge log holds every edge ever recorded; slow, and always right. */
  private async fromLog<T>(damage: Damaged, work: (view: View) => Promise<T>): Promise<T> {
    reportDamage(damage.message)
    const { tail } = await this.store.head()
    return work(viewOf(await this.store.recorded(0, tail), tail, damage.parts))
  }

  private async sealedAs(manifest: Manifest): Promise<Sealed> {
    if (this.sealed?.manifest.version === manifest.version) return this.sealed
    const known = this.sealed?.links ?? new Map<string, Links>()
    const places = [
      ...presentIn(manifest).map(([segment, entry]) => segmentPlace(segment, entry, 'parents')),
      ...manifest.late.map((entry) => latePlace(entry, 'parents')),
    ]
    const links = new Map<string, Links>()
    const lacking: Place[] = []
    for (const place of places) {
      const found = known.get(placeKey(place))
      if (found) links.set(placeKey(place), found)
      else lacking.push(place)
    }
    await this.read(lacking, (place, bytes) => links.set(placeKey(place), decodeParents(bytes)))
    const linksAt = (place: Place) => links.get(placeKey(place))!
    const bySegment = manifest.segments.map(
      (entry, segment) => entry && linksAt(segmentPlace(segment, entry, 'parents')),
    )
    const late = manifest.late.map((entry) => linksAt(latePlace(entry, 'parents')))
    const graph = new Graph(bySegment, together(late.map(pairsOf)))
    this.sealed = { manifest, links, bySegment, late, graph }
    return this.sealed
  }

  private async edgesInto({ manifest, links }: Sealed, tail: Piece, nodes: Bits) {
    const wanted = wantedFrom(manifest, nodes)
    const edges = new EdgeBuilder(tail.edges.length + estimate(wanted, nodes))
    edges.append(tail.edges, rowsInto(tail, nodes))
    const bySegment = new Map<number, Nodes>()
    const others = [tail.nodes]
    await this.eachPiece(links, wanted, ({ segment }, piece) => {
      edges.append(piece.edges, rowsInto(piece, nodes))
      if (segment === undefined) others.push(piece.nodes)
      else bySegment.set(segment, piece.nodes)
    })
    const idOf = (number: number) => {
      const own = bySegment.get(Math.floor(number / segmentSize))
      return (own && idIn([own], number)) ?? idIn(others, number)
    }
    return { edges: edges.columns(), idOf }
  }

  /**
   * Hands over decoded pieces in any order. Those used last are kept, if the answer leaves room for others; else each
   * may go as soon as it was taken, for a million decoded edges are much memory.
   */
  private async eachPiece(
    links: Sealed['links'],
    wanted: readonly Wanted[],
    take: (wanted: Wanted, piece: Piece) => void,
  ): Promise<void> {
    const keeps = wanted.reduce((sum, { entry }) => sum + entry.edges, 0) <= keptEdges
    const lacking = new Map<Place, Wanted>()
    for (const one of wanted) {
      const kept = this.pieces.get(placeKey(one.rest))
      if (!kept) lacking.set(one.rest, one)
      else {
        this.keep(placeKey(one.rest), kept)
        take(one, kept)
      }
    }
    await this.read([...lacking.keys()], (place, bytes) => {
      const one = lacking.get(place)!
      const piece = decodeEdges(bytes, links.get(placeKey(one.parents))!)
      if (keeps) this.keep(placeKey(place), piece)
      take(one, piece)
    })
  }

  private keep(key: string, piece: Piece): void {
    this.pieces.delete(key)
    this.pieces.set(key, piece)
    let edges = [...this.pieces.values()].reduce((sum, kept) => sum + kept.edges.length, 0)
    for (const [oldest, kept] of this.pieces) {
      if (edges <= keptEdges || oldest === key) return
      this.pieces.delete(oldest)
      edges -= kept.edges.length
    }
  }

  private async read(places: readonly Place[], take: (place: Place, bytes: Uint8Array) => void): Promise<void> {
    const lacking = new Set(places)
    await this.store.eachPart(places, (place, bytes) => {
      lacking.delete(place)
      try {
        take(place, bytes)
      } catch (error) {
        // It is what the manifest says, yet cannot be read: other code wrote it.
        throw new Error(`${place.pk} ${place.name} ${place.slot}: ${(error as Error).message}`, { cause: error })
      }
    })
    if (lacking.size > 0) throw new Damaged([...lacking])
  }
}

/** Kind of a node by its number; 0 where nobody knows it. A large answer asks for each of its nodes. */
function prefixAt({ bySegment, late }: Sealed, tail: Unsealed, number: number): number {
  const own = bySegment[Math.floor(number / segmentSize)]
  const place = own ? placeOf(own.numbers, number) : -1
  if (place >= 0) return own!.prefix[place]!
  const unsealed = tail.prefixOf(number)
  if (unsealed !== undefined) return unsealed
  for (const { numbers, prefix } of late) {
    const place = placeOf(numbers, number)
    if (place >= 0) return prefix[place]!
  }
  return 0
}

/** A piece that an answer needs; without a segment, a late run. */
interface Wanted {
  readonly segment: number | undefined
  readonly entry: Entry
  readonly parents: Place
  readonly rest: Place
}

function wantedFrom({ segments, late }: Manifest, nodes: Bits): Wanted[] {
  const own = nodes.segments().flatMap((segment): Wanted[] => {
    const entry = segments[segment]
    if (!entry) return []
    return [
      {
        ...{ segment, entry },
        parents: segmentPlace(segment, entry, 'parents'),
        rest: segmentPlace(segment, entry, 'rest'),
      },
    ]
  })
  const runs = late.map((entry) => ({
    ...{ segment: undefined, entry },
    parents: latePlace(entry, 'parents'),
    rest: latePlace(entry, 'rest'),
  }))
  return [...own, ...runs]
}

/** About how many edges go into these nodes: room for too many costs less than to move them. */
function estimate(wanted: readonly Wanted[], nodes: Bits): number {
  const shares = wanted.map(({ segment, entry }) =>
    segment === undefined ? 1 : Math.min(1, (1.1 * nodes.countIn(segment)) / entry.nodes),
  )
  return wanted.reduce((sum, { entry }, n) => sum + Math.ceil(entry.edges * shares[n]!), 64)
}

const presentIn = ({ segments }: Manifest): [number, Entry][] =>
  segments.flatMap((entry, segment): [number, Entry][] => (entry ? [[segment, entry]] : []))

function together(all: readonly Pairs[]): Pairs {
  if (all.length === 0) return noPairs
  const length = all.reduce((sum, pairs) => sum + pairs.length, 0)
  const [from, to] = [new Uint32Array(length), new Uint32Array(length)]
  let at = 0
  for (const pairs of all) {
    from.set(pairs.from, at)
    to.set(pairs.to, at)
    at += pairs.length
  }
  return { length, from, to }
}

/** Rows of a piece whose edges go into one of these nodes. */
function rowsInto({ edges: { to, length } }: Piece, nodes: Bits): Uint32Array {
  const rows = new Uint32Array(length)
  let count = 0
  for (let edge = 0; edge < length; edge += 1) if (nodes.has(to[edge]!)) rows[count++] = edge
  return rows.subarray(0, count)
}
