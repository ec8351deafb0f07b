import { numberOf } from '#kit/node'
import type { Reached, Traced, TraceRequest, TraceSeed } from '#kit/trace'
import { Bits } from './bits.ts'
import { reorder } from './columns.ts'
import { grade, type Seed } from './grade.ts'
import { prefixCodeOf } from './nodes.ts'
import { canonical } from './piece.ts'
import { tracedOf } from './traced.ts'
import type { View } from './view.ts'

const pack = prefixCodeOf('pck')
const order = prefixCodeOf('ord')

/** What the seeds may touch or come from in a view. */
export function reachIn(view: View, request: TraceRequest): Reached {
  return {
    numbers: reachedBy(request, view).numbers(),
    position: view.position,
    repaired: view.repaired,
  }
}

/** The same with grades, ways and edges. */
export async function traceIn(view: View, request: TraceRequest): Promise<Traced> {
  const { seeds, direction, exclude = [], asOf } = request
  const excluded = exclude.map(numberOf)
  const needed = neededFor(request, reachedBy(request, view), view)
  for (const number of excluded) needed.add(number)
  const { edges, idOf } = await view.edgesInto(needed)
  // Among ways of one length the first is told: it must not depend on what was sealed when.
  reorder(edges, canonical(edges))
  const graded = grade(edges, seeds.map(seedOf), { direction, exclude: excluded, asOf: timeOf(asOf) })
  // A seed without edges is known from the request alone.
  const named = new Map([...seeds.map(({ node }) => node), ...exclude].map((id) => [numberOf(id), id]))
  return tracedOf({
    ...{ request, graded, edges, position: view.position, repaired: view.repaired },
    idOf: (number) => idOf(number) ?? named.get(number) ?? unknown(number),
    prefixAt: (number) => view.prefixAt(number) || prefixCodeOf(named.get(number)!.slice(0, 3)),
  })
}

/** Everything that can be touched at all. Forward, a pack is what was in it. */
function reachedBy({ seeds, direction, exclude = [] }: TraceRequest, { graph, tail, prefixAt }: View): Bits {
  const named = seeds.map(({ node }) => numberOf(node))
  const starts = direction === 'forward' ? graph.withContents(named, (node) => prefixAt(node) === pack, tail) : named
  return graph.reach(starts, direction, tail, exclude.map(numberOf))
}

/** Backward, what a consumption and an output of one order have to do with each other takes all its outputs. */
function neededFor({ direction }: TraceRequest, reached: Bits, { graph, tail, prefixAt }: View): Bits {
  if (direction === 'forward') return reached
  const needed = Bits.of(reached)
  const orders = Bits.of([...reached].filter((number) => prefixAt(number) === order))
  for (const number of graph.withChildren(orders, tail)) needed.add(number)
  return needed
}

const timeOf = (time: string | undefined) => (time === undefined ? undefined : Date.parse(time))

const seedOf = ({ node, from, until }: TraceSeed): Seed => ({
  node: numberOf(node),
  from: timeOf(from),
  until: timeOf(until),
})

function unknown(number: number): never {
  throw new Error(`The genealogy knows no id of node ${number}. Run genealogy:verify.`)
}
