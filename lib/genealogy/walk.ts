import type { StoredEdge } from '#kit'

/** Every node reached and every edge walked. */
interface Trace {
  readonly nodes: readonly { readonly id: string; readonly path: readonly string[] }[]
  readonly edges: readonly StoredEdge[]
  /** Nodes that lie on loops. */
  readonly loops: readonly string[]
  readonly complete: true
}

export type Direction = 'forward' | 'backward'

/**
 * Edges along which suspicion passes on. A shipment ends the walk: lots that travel together are not
 * related by it, and a returned lot is the same lot.
 */
const passing = new Set<string>(['receive', 'consume', 'produce', 'split', 'merge', 'ship', 'change', 'run', 'repair'])

/** When a node was reached: an edge out of equipment counts only after what was built into it arrived. */
type Arrival = string

const early: Arrival = ''
const late: Arrival = '\uffff'

interface Step {
  readonly edge: StoredEdge
  readonly next: string
}

/** Edges by the node that the walk leaves. */
function adjacency(edges: readonly StoredEdge[], direction: Direction): Map<string, Step[]> {
  const steps = new Map<string, Step[]>()
  for (const edge of edges) {
    if (!passing.has(edge.kind)) continue
    const [here, next] = direction === 'forward' ? [edge.from, edge.to] : [edge.to, edge.from]
    const known = steps.get(here)
    if (known) known.push({ edge, next })
    else steps.set(here, [{ edge, next }])
  }
  return steps
}

/**
 * Walks the genealogy from the seeds to everything they touch (forward) or come from (backward).
 * Time rule: a part built into equipment (`repair`) touches only runs that ended after it.
 */
export function walk(edges: readonly StoredEdge[], seeds: readonly string[], direction: Direction): Trace {
  const steps = adjacency(edges, direction)
  const unbound = direction === 'forward' ? early : late
  const earlier = (a: Arrival, b: Arrival) => (direction === 'forward' ? a < b : a > b)
  const arrivals = new Map<string, Arrival>(seeds.map((seed) => [seed, unbound]))
  const parents = new Map<string, string>()
  const walked = new Set<StoredEdge>()
  const queue = [...arrivals.keys()]
  for (let head = 0; head < queue.length; head += 1) {
    const here = queue[head]!
    const arrival = arrivals.get(here)!
    for (const { edge, next } of steps.get(here) ?? []) {
      const reached = through(edge, arrival, direction)
      if (reached === undefined) continue
      walked.add(edge)
      const known = arrivals.get(next)
      if (known !== undefined && !earlier(reached, known)) continue
      if (known === undefined) parents.set(next, here)
      arrivals.set(next, reached)
      queue.push(next)
    }
  }
  const reachedEdges = [...walked]
  return {
    nodes: [...arrivals.keys()].sort().map((id) => ({ id, path: pathTo(id, parents) })),
    edges: reachedEdges,
    loops: loopsOf(reachedEdges),
    complete: true,
  }
}

/** Arrival at the far end of an edge, or undefined when the edge happened before what arrived could matter. */
function through(edge: StoredEdge, arrival: Arrival, direction: Direction): Arrival | undefined {
  const end = edge.until ?? late
  if (direction === 'forward') {
    if (edge.kind === 'run') return end >= arrival ? early : undefined
    return edge.kind === 'repair' ? edge.at : early
  }
  if (edge.kind === 'repair') return edge.at <= arrival ? late : undefined
  return edge.kind === 'run' ? end : late
}

function pathTo(id: string, parents: ReadonlyMap<string, string>): string[] {
  const path = [id]
  for (let at = parents.get(id); at !== undefined; at = parents.get(at)) path.unshift(at)
  return path
}

/** Nodes that lie on a loop: strongly connected components of more than one node (Tarjan 1972, without recursion). */
function loopsOf(edges: readonly StoredEdge[]): string[] {
  const next = new Map<string, string[]>()
  for (const { from, to } of edges) {
    const known = next.get(from)
    if (known) known.push(to)
    else next.set(from, [to])
  }
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const loops: string[] = []
  for (const root of next.keys()) {
    if (index.has(root)) continue
    const calls: { node: string; at: number }[] = [{ node: root, at: 0 }]
    while (calls.length > 0) {
      const call = calls.at(-1)!
      const { node } = call
      if (call.at === 0) {
        index.set(node, index.size)
        low.set(node, index.get(node)!)
        open.push(node)
        isOpen.add(node)
      }
      const child = next.get(node)?.[call.at]
      call.at += 1
      if (child !== undefined) {
        if (!index.has(child)) calls.push({ node: child, at: 0 })
        else if (isOpen.has(child)) low.set(node, Math.min(low.get(node)!, index.get(child)!))
        continue
      }
      calls.pop()
      const parent = calls.at(-1)?.node
      if (parent !== undefined) low.set(parent, Math.min(low.get(parent)!, low.get(node)!))
      if (low.get(node) !== index.get(node)) continue
      const component = open.splice(open.lastIndexOf(node))
      for (const member of component) isOpen.delete(member)
      if (component.length > 1 || next.get(node)?.includes(node)) loops.push(...component)
    }
  }
  return loops.sort()
}
