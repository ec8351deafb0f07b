import type { EdgeRow } from '#genealogy/columns'

/**
 * The genealogy's grades by definition, without any of the engine's means: it follows every way, keeps every moment at
 * which something may arrive, and asks of each order what its documents say. Slow and plain.
 */
export interface Window {
  readonly from?: number | undefined
  readonly until?: number | undefined
}
type Grade = 'confirmed' | 'possible' | 'excluded'
export type Grades = Map<number, Grade>

const passesOn = new Set(
  'receive consume produce split merge rework pack ship install change run repair'.split(' ') as EdgeRow['kind'][],
)

/** Somebody who is at a node from a moment on and, in a pack, until another. */
interface Visit {
  readonly node: number
  readonly by: EdgeRow | undefined
  readonly since: number
  readonly left: number
}

const lastsUntil = ({ kind, at, until }: EdgeRow) =>
  kind === 'pack' || kind === 'run' ? Math.max(at, until ?? Infinity) : at

/** The certain view believes every time and only certain pairs; the other only what was stated and what is not ruled out. */
type View = 'certain' | 'possible'

const begins = (edge: EdgeRow, view: View) => (view === 'certain' || edge.stated ? edge.at : -Infinity)
const ends = (edge: EdgeRow, view: View) => (view === 'certain' || edge.stated ? lastsUntil(edge) : Infinity)

export class Oracle {
  private readonly edges: readonly EdgeRow[]
  private readonly closed: ReadonlySet<number>
  private readonly leaving: ReadonlyMap<number, EdgeRow[]>

  constructor(rows: readonly EdgeRow[], { exclude = [] as Iterable<number>, asOf = Infinity } = {}) {
    this.edges = rows.filter(({ recordedAt }) => recordedAt <= asOf)
    this.closed = new Set(exclude)
    this.leaving = Map.groupBy(
      this.edges.filter(({ kind }) => passesOn.has(kind)),
      ({ from }) => from,
    )
  }

  /** What the seed touches, graded; a seed that is a pack touches what was in it. */
  forward(seed: number, window: Window = {}): Grades {
    const [certain, possible] = (['certain', 'possible'] as const).map(
      (view) => new Set(this.visits(this.openings(seed, window, view), view).map(({ node }) => node)),
    )
    return this.graded(this.touchable(this.within(seed)), certain!, possible!)
  }

  /** Where the seed comes from: every node with a way to it that ends in its window. */
  backward(seed: number, { from = -Infinity, until = Infinity }: Window = {}): Grades {
    const nodes = new Set([seed, ...this.edges.flatMap((edge) => [edge.from, edge.to])])
    const found = (view: View) =>
      new Set(
        [...nodes].filter((node) => {
          const start = { node, by: undefined, since: -Infinity, left: Infinity }
          const ways = this.closed.has(node) ? [] : this.visits([start], view)
          return ways.some((visit) => visit.node === seed && visit.since <= until && visit.left >= from)
        }),
      )
    const [certain, possible] = [found('certain'), found('possible')]
    const touchable = [...nodes].filter((node) => node === seed || this.leadsTo(node, seed))
    return this.graded(new Set(touchable), certain, possible)
  }

  private graded(touchable: Set<number>, certain: Set<number>, possible: Set<number>): Grades {
    const grades: Grades = new Map()
    for (const node of touchable)
      grades.set(node, certain.has(node) ? 'confirmed' : possible.has(node) ? 'possible' : 'excluded')
    return grades
  }

  /** All visits that follow from the first ones. */
  private visits(first: readonly Visit[], view: View): Visit[] {
    const known = new Map<string, Visit>()
    const open = first.filter(({ node }) => !this.closed.has(node))
    for (let visit = open.shift(); visit; visit = open.shift()) {
      const key = `${visit.node} ${visit.by && this.edges.indexOf(visit.by)} ${visit.since} ${visit.left}`
      if (known.has(key)) continue
      known.set(key, visit)
      for (const edge of this.leaving.get(visit.node) ?? []) {
        if (this.closed.has(edge.to) || begins(edge, view) > visit.left || ends(edge, view) < visit.since) continue
        if (visit.by && !this.allows(visit.by, edge, view)) continue
        const left = edge.kind === 'pack' ? Math.min(visit.left, ends(edge, view)) : Infinity
        open.push({ node: edge.to, by: edge, since: Math.max(visit.since, begins(edge, view)), left })
      }
    }
    return [...known.values()]
  }

  /** Whether one edge may follow another inside an order, by the order's documents. */
  allows(first: EdgeRow, second: EdgeRow, view: View): boolean {
    if (first.kind !== 'consume') return true
    const order = first.to
    const taken = this.edges.filter(({ kind, to }) => kind === 'consume' && to === order)
    const isTaken = (lot: number) => taken.some(({ from }) => from === lot)
    const map = this.edges.filter(({ kind, to, from }) => kind === 'assemble' && to === second.to && isTaken(from))
    const named = map.some(({ from }) => from === first.from)
    const otherNamed = first.itemId !== undefined && map.some(({ itemId }) => itemId === first.itemId)
    if (view === 'possible') return named || !otherNamed
    if (this.tookAllBack(first.from, order)) return false
    if (named) return true
    if (otherNamed) return false
    const alike = taken.filter(({ itemId }) => !itemId || !first.itemId || itemId === first.itemId)
    const made = new Set((this.leaving.get(order) ?? []).map(({ to }) => to))
    return alike.every(({ from }) => from === first.from) || made.size === 1
  }

  private tookAllBack(lot: number, order: number): boolean {
    const went = this.edges.filter(({ kind, from, to }) => kind === 'consume' && from === lot && to === order)
    const came = this.edges.filter(({ kind, from, to }) => kind === 'withdraw' && from === order && to === lot)
    const both = [...went, ...came]
    if (came.length === 0 || both.some(({ quantity, unit }) => quantity === undefined || unit !== both[0]!.unit))
      return false
    const total = (edges: EdgeRow[]) => edges.reduce((sum, { quantity }) => sum + quantity!, 0)
    return total(came) >= total(went)
  }

  /** The seed in its window, and from when on each thing was suspect that was in it, or in a pack in it. */
  private openings(seed: number, { from = -Infinity, until = Infinity }: Window, view: View): Visit[] {
    const known = new Map<string, Visit>()
    const open: Visit[] = [{ node: seed, by: undefined, since: from, left: until }]
    for (let inside = open.shift(); inside; inside = open.shift()) {
      const key = `${inside.node} ${inside.since} ${inside.left}`
      if (known.has(key) || this.closed.has(inside.node)) continue
      known.set(key, inside)
      for (const edge of this.edges) {
        if (edge.kind !== 'pack' || edge.to !== inside.node) continue
        const since = Math.max(inside.since, begins(edge, view))
        const left = Math.min(inside.left, ends(edge, view))
        if (since <= left) open.push({ node: edge.from, by: undefined, since, left })
      }
    }
    const [self, ...contents] = known.values()
    return self ? [self, ...contents.map((visit) => ({ ...visit, left: Infinity }))] : []
  }

  /** The seed and all that was ever in it. */
  private within(seed: number): Set<number> {
    const found = new Set([seed])
    for (const node of found)
      if (!this.closed.has(node))
        for (const { kind, from, to } of this.edges) if (kind === 'pack' && to === node) found.add(from)
    return found
  }

  private touchable(seeds: ReadonlySet<number>): Set<number> {
    const found = new Set(seeds)
    for (const node of found)
      if (!this.closed.has(node)) for (const { to } of this.leaving.get(node) ?? []) found.add(to)
    return found
  }

  /** Whether a chain of edges leads from a node to the seed over nodes nobody excluded; the node itself may be. */
  private leadsTo(node: number, seed: number): boolean {
    if (this.closed.has(seed)) return false
    const open = new Set([node])
    for (const at of open)
      for (const { to } of this.leaving.get(at) ?? []) {
        if (to === seed) return true
        if (!this.closed.has(to)) open.add(to)
      }
    return false
  }

  /** The grade of one way, judged pair by pair; undefined where it is none. */
  gradeOfWay(way: readonly EdgeRow[], { from = -Infinity, until = Infinity }: Window = {}): Grade {
    const holds = (view: View) =>
      way.every((edge, index) => {
        const earlier = way.slice(0, index)
        const packs = earlier.slice(earlier.findLastIndex(({ kind }) => kind !== 'pack') + 1)
        const outOfSeed = index > 0 || (begins(edge, view) <= until && ends(edge, view) >= from)
        const packedSeed = packs.length < index || begins(edge, view) <= until || index === 0
        return (
          outOfSeed &&
          packedSeed &&
          ends(edge, view) >= from &&
          earlier.every((before) => ends(edge, view) >= begins(before, view)) &&
          packs.every((around) => begins(edge, view) <= ends(around, view)) &&
          (index === 0 || this.allows(way[index - 1]!, edge, view))
        )
      })
    return holds('certain') ? 'confirmed' : holds('possible') ? 'possible' : 'excluded'
  }

  /** Every way out of a seed that takes no edge twice. */
  *ways(seed: number): Generator<EdgeRow[]> {
    const open: EdgeRow[][] = [[]]
    for (let way = open.pop(); way; way = open.pop()) {
      if (way.length > 0) yield way
      for (const edge of this.leaving.get(way.at(-1)?.to ?? seed) ?? [])
        if (!way.includes(edge)) open.push([...way, edge])
    }
  }
}
