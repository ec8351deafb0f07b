import { type Engine, timed } from './engine.ts'
import type { Graph } from './history.ts'

/** For each node the nodes at the other ends of its edges, as one array with offsets (a compressed sparse row). */
class Neighbours {
  private readonly offsets: Uint32Array
  private readonly nodes: Uint32Array

  constructor(here: Uint32Array, there: Uint32Array, end: number) {
    this.offsets = new Uint32Array(end + 2)
    this.nodes = new Uint32Array(here.length)
    for (const node of here) this.offsets[node + 2]! += 1
    for (let node = 2; node < this.offsets.length; node += 1) this.offsets[node]! += this.offsets[node - 1]!
    for (let edge = 0; edge < here.length; edge += 1) this.nodes[this.offsets[here[edge]! + 1]!++] = there[edge]!
  }

  search(seed: number): Uint32Array {
    const { offsets, nodes } = this
    const seen = new Uint8Array(offsets.length)
    const queue = new Uint32Array(offsets.length)
    queue[0] = seed
    seen[seed] = 1
    let length = 1
    for (let head = 0; head < length; head += 1) {
      const end = offsets[queue[head]! + 1]!
      for (let at = offsets[queue[head]!]!; at < end; at += 1) {
        const next = nodes[at]!
        if (seen[next] === 1) continue
        seen[next] = 1
        queue[length++] = next
      }
    }
    return queue.slice(0, length)
  }
}

/** Breadth-first search over typed arrays: the graph is in memory already, which is the least that any engine can take. */
export function memory({ from, to, end }: Graph): Engine {
  const children = new Neighbours(from, to, end)
  const parents = new Neighbours(to, from, end)
  return {
    name: 'memory',
    says: 'breadth-first search over typed arrays in this process',
    async trace(seed, direction) {
      const took = await timed(() => (direction === 'forward' ? children : parents).search(seed))
      return { ...took, calls: 0, rounds: 0, readUnits: 0, bytes: 0 }
    },
    stop: async () => {},
  }
}
