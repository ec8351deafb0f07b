import { Bits } from './bits.ts'
import { type Links, type Pairs, segmentSize } from './columns.ts'
import { placeOf } from './nodes.ts'

export type Direction = 'forward' | 'backward'

export const noPairs: Pairs = { length: 0, from: new Uint32Array(0), to: new Uint32Array(0) }

/** A walk over more than this share of the edges is large; passes beyond this number are many. */
const walkShare = 8
const fewPasses = 8

/** For each node the nodes on the other side of its edges: those of node n are `nodes[offsets[n]]` up to `nodes[offsets[n + 1]]`. */
interface Index {
  readonly offsets: Uint32Array
  readonly nodes: Uint32Array
}

/**
 * Sealed genealogy in memory: which node came from which, and nothing else. It answers which nodes can be touched
 * at all; times, unit maps and grades are judged afterwards on what it found (`grade.ts`).
 */
export class Graph {
  /** By number of the segment. */
  private readonly segments: readonly (Links | undefined)[]
  private readonly late: Pairs
  private readonly edges: number
  private readonly size: number
  private lateParents: Linked | undefined
  private children: Index | undefined
  private asked = 0

  /** `late` are edges into nodes of sealed segments that were recorded after the sealing. */
  constructor(segments: readonly (Links | undefined)[], late: Pairs = noPairs) {
    this.segments = segments
    this.late = late
    this.edges = segments.reduce((sum, segment) => sum + (segment?.parents.length ?? 0), late.length)
    this.size = segments.length * segmentSize
  }

  /**
   * Every node that the seeds can touch (forward) or come from (backward), the seeds included; excluded nodes are
   * not entered. `tail` are the edges not yet sealed.
   */
  reach(seeds: Iterable<number>, direction: Direction, tail: Pairs = noPairs, exclude: Iterable<number> = []): Bits {
    const closed = Bits.of(exclude)
    const reached = new Bits(this.size)
    const open: number[] = []
    const enter = (node: number) => {
      if (reached.has(node) || closed.has(node)) return
      reached.add(node)
      open.push(node)
    }
    for (const seed of seeds) enter(seed)
    if (direction === 'backward') this.walkUp(enter, open, tail)
    else this.forward(reached, closed, enter, open, tail)
    return reached
  }

  /** The nodes and their direct children: to judge a pair inside an order takes all that the order made. */
  withChildren(nodes: Bits, tail: Pairs = noPairs): Bits {
    const found = Bits.of(nodes)
    const children = this.childIndex()
    const linked = new Linked(tail.from, tail.to, tail.length)
    for (const node of nodes) {
      eachOf(children, node, (child) => found.add(child))
      linked.each(node, (child) => found.add(child))
    }
    return found
  }

  /** The seeds and, where one is a pack, all that was ever in it: where a forward reach from them begins. */
  withContents(seeds: Iterable<number>, isPack: (node: number) => boolean, tail: Pairs = noPairs): number[] {
    const found = new Set(seeds)
    const linked = new Linked(tail.to, tail.from, tail.length)
    for (const node of found) {
      if (!isPack(node)) continue
      this.eachParent(node, (parent) => found.add(parent))
      linked.each(node, (parent) => found.add(parent))
    }
    return [...found]
  }

  private eachParent(node: number, visit: (parent: number) => void) {
    const segment = this.segments[Math.floor(node / segmentSize)]
    const place = segment ? placeOf(segment.numbers, node) : -1
    if (segment && place >= 0) {
      const end = segment.offsets[place + 1]!
      for (let at = segment.offsets[place]!; at < end; at += 1) visit(segment.parents[at]!)
    }
    this.lateParents ??= new Linked(this.late.to, this.late.from, this.late.length)
    this.lateParents.each(node, visit)
  }

  private walkUp(enter: (node: number) => void, open: number[], tail: Pairs) {
    const linked = new Linked(tail.to, tail.from, tail.length)
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      this.eachParent(node, enter)
      linked.each(node, enter)
    }
  }

  /**
   * The first question is answered by passes. From the second on the children are indexed, so that a small answer
   * costs what it visits; an answer that turns out large is left to passes, which read memory in its order. What is
   * numbered against the order of its making over many generations is left to the index.
   */
  private forward(reached: Bits, closed: Bits, enter: (node: number) => void, open: number[], tail: Pairs) {
    this.asked += 1
    if (this.asked > 1 && this.walkDown(enter, open, tail, this.edges / walkShare)) return
    if (this.passes(reached, closed, [this.late, tail])) return
    for (const node of reached) open.push(node)
    this.walkDown(enter, open, tail, Number.POSITIVE_INFINITY)
  }

  /** False where more edges were met than allowed. */
  private walkDown(enter: (node: number) => void, open: number[], tail: Pairs, most: number): boolean {
    const children = this.childIndex()
    const linked = new Linked(tail.from, tail.to, tail.length)
    let left = most
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      left -= 1 + eachOf(children, node, enter)
      linked.each(node, enter)
      if (left < 0) return false
    }
    return true
  }

  /** Passes in the order of numbers while one finds something and a parent may stand behind its child; false if they do not end soon. */
  private passes(reached: Bits, closed: Bits, extras: readonly Pairs[]): boolean {
    // A byte for each node: bits would be taken apart again and again.
    const named = [reached.numbers(), closed.numbers(), ...extras.flatMap(({ from, to }) => [from, to])]
    const states = new Uint8Array(named.reduce((end, numbers) => Math.max(end, endOf(numbers)), this.size))
    for (const node of closed) states[node] = shut
    for (const node of reached) states[node] = touched
    const left = new Left(this.edges + 2 * this.size)
    let isDone = false
    for (let times = 0; times < fewPasses && !isDone; times += 1) {
      const found: Found = { any: false, early: false }
      if (times > 0) passLeft(left, states, found)
      else for (const segment of this.segments) if (segment) pass(segment, states, left, found)
      for (const { from, to, length } of extras)
        for (let edge = 0; edge < length; edge += 1) {
          if (states[from[edge]!] !== touched || states[to[edge]!] !== 0) continue
          states[to[edge]!] = touched
          found.any = found.early = true
        }
      isDone = !found.any || !found.early
    }
    reached.addAll(states, touched)
    return isDone
  }

  private childIndex(): Index {
    if (this.children) return this.children
    const edges: Pairs[] = [...this.segments.flatMap((segment) => (segment ? [pairsOf(segment)] : [])), this.late]
    this.children = indexOf(edges)
    return this.children
  }
}

/** What a pass met: a node that was added; a node that may have been judged before its parent was. */
interface Found {
  any: boolean
  early: boolean
}

/** What passes know of a node; 0 is nothing yet. A node that is shut is not entered. */
const [touched, shut] = [1, 2]

/**
 * The nodes that a pass leaves untouched though they came from something, one after another: number, count of its
 * parents, parents. Most of a large walk is over after its first pass, and what is left lies together in memory.
 */
class Left {
  readonly words: Uint32Array
  length = 0
  constructor(room: number) {
    this.words = new Uint32Array(room)
  }
}

/** The first pass, over one segment in the order of numbers. */
function pass({ numbers, offsets, parents }: Links, states: Uint8Array, left: Left, found: Found) {
  const { words } = left
  let { length } = left
  let at = offsets[0]!
  for (let place = 0; place < numbers.length; place += 1) {
    const begin = at
    const end = offsets[place + 1]!
    at = end
    const node = numbers[place]!
    if (begin === end || states[node] !== 0) continue
    let parent = begin
    while (parent < end && states[parents[parent]!] !== touched) {
      if (parents[parent]! > node) found.early = true
      parent += 1
    }
    if (parent < end) {
      states[node] = touched
      found.any = true
      continue
    }
    words[length] = node
    words[length + 1] = end - begin
    length += 2
    for (parent = begin; parent < end; parent += 1) words[length++] = parents[parent]!
  }
  left.length = length
}

/** Another pass, over what the one before left. */
function passLeft(left: Left, states: Uint8Array, found: Found) {
  const { words, length } = left
  let kept = 0
  for (let at = 0; at < length; ) {
    const node = words[at]!
    const end = at + 2 + words[at + 1]!
    let parent = states[node] === 0 ? at + 2 : end
    while (parent < end && states[words[parent]!] !== touched) {
      if (words[parent]! > node) found.early = true
      parent += 1
    }
    if (parent < end) {
      states[node] = touched
      found.any = true
    } else if (states[node] === 0) {
      for (let from = at; from < end; from += 1) words[kept++] = words[from]!
    }
    at = end
  }
  left.length = kept
}

/** One more than the greatest of these numbers. */
function endOf(numbers: Uint32Array): number {
  let end = 0
  for (let at = 0; at < numbers.length; at += 1) if (numbers[at]! >= end) end = numbers[at]! + 1
  return end
}

/** The edges of some links as pairs. */
export function pairsOf({ numbers, offsets, parents }: Links): Pairs {
  const to = new Uint32Array(parents.length)
  for (let place = 0, at = 0; place < numbers.length; place += 1)
    for (const end = offsets[place + 1]!; at < end; at += 1) to[at] = numbers[place]!
  return { length: parents.length, from: parents, to }
}

/** Children by parent, by counting (a compressed sparse row). */
function indexOf(edges: readonly Pairs[]): Index {
  let size = 0
  let length = 0
  for (const pairs of edges) {
    length += pairs.length
    for (let edge = 0; edge < pairs.length; edge += 1) size = Math.max(size, pairs.from[edge]! + 1)
  }
  const offsets = new Uint32Array(size + 2)
  const nodes = new Uint32Array(length)
  for (const { from, length } of edges) for (let edge = 0; edge < length; edge += 1) offsets[from[edge]! + 2]! += 1
  for (let node = 2; node < offsets.length; node += 1) offsets[node]! += offsets[node - 1]!
  for (const { from, to, length } of edges)
    for (let edge = 0; edge < length; edge += 1) nodes[offsets[from[edge]! + 1]!++] = to[edge]!
  return { offsets, nodes }
}

/** Visits a node's entries in an index and says how many there were. */
function eachOf({ offsets, nodes }: Index, node: number, visit: (other: number) => void): number {
  if (node + 1 >= offsets.length) return 0
  const end = offsets[node + 1]!
  for (let at = offsets[node]!; at < end; at += 1) visit(nodes[at]!)
  return end - offsets[node]!
}

/** The same as an index for few pairs among large numbers: chains through an array, their heads in a map. */
class Linked {
  private readonly heads = new Map<number, number>()
  private readonly next: Int32Array
  private readonly values: Uint32Array

  constructor(keys: Uint32Array, values: Uint32Array, length: number) {
    this.next = new Int32Array(length)
    this.values = values
    for (let at = 0; at < length; at += 1) {
      this.next[at] = this.heads.get(keys[at]!) ?? -1
      this.heads.set(keys[at]!, at)
    }
  }

  each(key: number, visit: (value: number) => void) {
    for (let at = this.heads.get(key) ?? -1; at >= 0; at = this.next[at]!) visit(this.values[at]!)
  }
}
