import type { Route, Walk } from './arrivals.ts'
import { codeOf } from './columns.ts'

const pack = codeOf('pack')

/** What can be touched at all: breadth first along every edge that passes suspicion, whatever its time. */
export class Superset {
  private readonly walk: Walk
  /** By place: -2 not touched, -1 a start, else the edge by which it was first touched. */
  private readonly via: Int32Array
  private readonly before: Int32Array

  constructor(walk: Walk) {
    const { part, starts, direction } = walk
    this.walk = walk
    this.via = new Int32Array(part.numbers.length).fill(-2)
    this.before = new Int32Array(part.numbers.length).fill(-1)
    const open = new Open(part.numbers.length)
    for (const { place } of starts) this.touch(open, place, -1, -1)
    if (direction === 'forward') this.unpack(open)
    const { offsets, edges } = direction === 'forward' ? part.outOf : part.into
    const ends = direction === 'forward' ? part.to : part.from
    for (let head = 0; head < open.length; head += 1) {
      const place = open.places[head]!
      for (let index = offsets[place]!; index < offsets[place + 1]!; index += 1) {
        const edge = edges[index]!
        if (this.via[ends[edge]!] === -2 && part.passes(edge)) this.touch(open, ends[edge]!, edge, place)
      }
    }
  }

  has(place: number): boolean {
    return this.via[place]! > -2
  }

  /** The way with the fewest steps. */
  routeTo(place: number): Route {
    const places = [place]
    const edges: number[] = []
    let at = place
    for (; this.via[at]! >= 0; at = this.before[at]!) {
      edges.push(this.via[at]!)
      places.push(this.before[at]!)
    }
    const start = this.walk.starts.find(({ place: begin }) => begin === at)!
    return { start, places: places.reverse(), edges: edges.reverse() }
  }

  /** A node that a person excluded is noted, for it is touched, but nothing is followed from it. */
  private touch(open: Open, place: number, edge: number, before: number) {
    if (this.has(place)) return
    this.via[place] = edge
    this.before[place] = before
    if (!this.walk.closed[place]) open.places[open.length++] = place
  }

  private unpack(open: Open) {
    const { part } = this.walk
    for (let head = 0; head < open.length; head += 1)
      for (const edge of part.into.at(open.places[head]!))
        if (part.columns.kind[edge] === pack) this.touch(open, part.from[edge]!, edge, open.places[head]!)
  }
}

/** Places to go on from, each once. */
class Open {
  readonly places: Uint32Array
  length = 0
  constructor(most: number) {
    this.places = new Uint32Array(most)
  }
}
