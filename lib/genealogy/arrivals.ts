import { codeOf } from './columns.ts'
import { type OrderSteps, orderSteps } from './order-steps.ts'
import type { Part } from './part.ts'
import { Queue } from './queue.ts'
import type { Direction } from './reach.ts'
import { type Span, Times } from './times.ts'
import type { UnitMaps } from './unit-map.ts'
import { Visits } from './visits.ts'

const pack = codeOf('pack')

/** Where a walk begins: a place, and the window in which it is suspect (milliseconds since 1970, infinite where open). */
export interface Start {
  readonly place: number
  readonly from: number
  readonly until: number
}

/** What a walk over one part needs to know. */
export interface Walk {
  readonly part: Part
  readonly maps: UnitMaps
  readonly direction: Direction
  readonly starts: readonly Start[]
  /** By place, 1 where a person excluded the node: it is not entered. */
  readonly closed: Uint8Array
}

/** One way to a node, as the edges walked from the place where it began. */
export interface Route {
  readonly start: Start
  readonly places: readonly number[]
  readonly edges: readonly number[]
}

/**
 * The earliest arrival at every node (Dijkstra 1959; earliest arrival is a shortest path because who is there earlier
 * can do all that who comes later can). Only a pack also asks how long: there, who leaves later counts too.
 * Certain arrivals obey all times and cross orders on certain ground; the others trust stated times only and stop
 * where a unit map says that something else was built in.
 */
export class Arrivals {
  /** By edge, 1 where some way ends with it. */
  readonly passed: Uint8Array
  private readonly starts: readonly Start[]
  /** The first arrival at each place, -1 where there is none. */
  private readonly first: Int32Array
  private readonly visits: Visits

  constructor(walk: Walk, certainOnly: boolean) {
    // What the search needs besides is half of its memory, and ends with it.
    const { passed, first, visits } = new Search(walk, certainOnly)
    visits.keepWays()
    this.passed = passed
    this.starts = walk.starts
    this.first = first
    this.visits = visits
  }

  has(place: number): boolean {
    return this.first[place]! >= 0
  }

  /** The earliest way to a place, of those the one with the fewest steps. */
  routeTo(place: number): Route | undefined {
    const { visits } = this
    let at = this.first[place]!
    if (at < 0) return undefined
    const places = [place]
    const edges: number[] = []
    for (; visits.edge[at]! >= 0; at = visits.before[at]!) {
      edges.push(visits.edge[at]!)
      places.push(visits.place[visits.before[at]!]!)
    }
    return { start: this.starts[-1 - visits.before[at]!]!, places: places.reverse(), edges: edges.reverse() }
  }
}

/** Dijkstra's search from all starts at once. */
class Search {
  readonly passed: Uint8Array
  readonly first: Int32Array
  readonly visits: Visits
  private readonly walk: Walk
  private readonly times: Times
  private readonly certainOnly: boolean
  private readonly steps: OrderSteps
  /** How late what is at a place may still be packed on. */
  private readonly settled: Float64Array
  /** By place, a visit that opens all that a worse one would; -1 where there is none. */
  private readonly best: Int32Array
  private readonly queue: Queue

  constructor(walk: Walk, certainOnly: boolean) {
    const { part, maps, direction } = walk
    this.walk = walk
    this.certainOnly = certainOnly
    this.times = new Times(part, direction, certainOnly ? 'all' : 'stated')
    this.steps = orderSteps(part, maps, direction, certainOnly)
    this.passed = new Uint8Array(part.columns.length)
    this.first = new Int32Array(part.numbers.length).fill(-1)
    this.settled = new Float64Array(part.numbers.length).fill(Number.NEGATIVE_INFINITY)
    this.best = new Int32Array(part.numbers.length).fill(-1)
    this.visits = new Visits(part.columns.length + walk.starts.length + 1)
    this.queue = new Queue((a, b) => this.visits.isShorter(a, b))
    for (const index of walk.starts.keys()) this.begin(index)
    for (let at = this.queue.pop(); at !== undefined; at = this.queue.pop()) this.settle(at)
  }

  private begin(index: number) {
    const { starts, closed, direction } = this.walk
    const { place, from, until } = starts[index]!
    if (closed[place]) return
    const span = this.times.window(from, until)
    const at = this.note(place, -1, -1 - index, span.arrival, span.limit)
    if (direction === 'forward') this.unpack(at, span)
  }

  /** A suspect pack makes all suspect that was in it during its window, and in the packs in it. */
  private unpack(pack: number, whole: Span) {
    const open = [{ at: pack, span: whole }]
    const known = new Map<number, Span[]>([[this.visits.place[pack]!, [whole]]])
    for (let next = open.pop(); next; next = open.pop()) {
      const { at, span } = next
      for (const edge of this.contents(this.visits.place[at]!)) {
        const content = this.walk.part.from[edge]!
        if (!this.within(edge, span) || this.walk.closed[content]) continue
        const inside = {
          arrival: this.times.arrivalAfter(edge, span.arrival),
          limit: this.times.limitAfter(edge, span.limit),
        }
        const others = known.get(content) ?? []
        if (others.some(({ arrival, limit }) => arrival <= inside.arrival && limit >= inside.limit)) continue
        known.set(content, [...others, inside])
        this.passed[edge] = 1
        open.push({ at: this.note(content, edge, at, inside.arrival, Number.POSITIVE_INFINITY), span: inside })
      }
    }
  }

  private contents(place: number): readonly number[] {
    const { part } = this.walk
    if (!part.isPack[place]) return []
    return Array.from(part.into.at(place)).filter((edge) => part.columns.kind[edge] === pack)
  }

  private settle(at: number) {
    const { part, maps, direction } = this.walk
    const place = this.visits.place[at]!
    const edge = this.visits.edge[at]!
    const limit = this.visits.limit[at]!
    if (this.first[place]! < 0) this.first[place] = at
    if (edge >= 0 && maps.has(place)) {
      this.steps.follow(place, edge, (next) => this.enter(at, next))
      return
    }
    const forward = direction === 'forward'
    if (this.certainOnly && forward && edge >= 0 && !maps.certain(edge)) return
    if (limit <= this.settled[place]!) return
    this.settled[place] = limit
    const { offsets, edges } = forward ? part.outOf : part.into
    const end = offsets[place + 1]!
    for (let index = offsets[place]!; index < end; index += 1) {
      const next = edges[index]!
      if (!part.passes(next)) continue
      if (this.certainOnly && !forward && edge >= 0 && !maps.certain(next)) continue
      this.enter(at, next)
    }
  }

  private within(edge: number, { arrival, limit }: Span): boolean {
    return this.times.inTime(edge, arrival) && this.times.stillThere(edge, limit)
  }

  private enter(at: number, edge: number) {
    const { part, direction, closed } = this.walk
    const { times, visits, passed } = this
    const place = direction === 'forward' ? part.to[edge]! : part.from[edge]!
    if (closed[place] || (passed[edge] && !part.isPack[place])) return
    const arrival = visits.arrival[at]!
    const limit = visits.limit[at]!
    if (!times.inTime(edge, arrival) || !times.stillThere(edge, limit)) return
    passed[edge] = 1
    this.follow(place, edge, at, times.arrivalAfter(edge, arrival), times.limitAfter(edge, limit))
  }

  private note(place: number, edge: number, before: number, arrival: number, limit: number): number {
    const steps = edge < 0 ? 0 : this.visits.steps[before]! + 1
    const at = this.visits.add(place, edge, before, arrival, limit, steps)
    this.queue.push(arrival, at)
    return at
  }

  /** Notes who comes along an edge, unless somebody opens all that he would. */
  private follow(place: number, edge: number, before: number, arrival: number, limit: number) {
    const { maps, direction } = this.walk
    // Where unit maps count, each way into the order opens what others do not.
    if (maps.has(place)) {
      this.note(place, edge, before, arrival, limit)
      return
    }
    if (this.isIdle(place, arrival, limit, this.visits.steps[before]! + 1)) return
    const at = this.note(place, edge, before, arrival, limit)
    if (!this.certainOnly || direction === 'backward' || maps.certain(edge)) this.best[place] = at
  }

  /** Whether somebody is there no later, by no more steps and for as long. */
  private isIdle(place: number, arrival: number, limit: number, steps: number): boolean {
    const { visits } = this
    const best = this.best[place]!
    if (best < 0 || visits.limit[best]! < limit) return false
    return visits.arrival[best]! < arrival || (visits.arrival[best] === arrival && visits.steps[best]! <= steps)
  }
}
