import { canonical, type Grade, type StoredEdge, sha256, type Traced, type TracedNode, type TraceRequest } from '#kit'
import { numberOf } from '#kit/node'
import { ForeignCursor } from '#kit/table'
import { walk } from './walk.ts'

const pageSize = 500

/** Answers a trace by walking all edges in memory. It does not grade: what it reaches is possible. */
export function walked(all: readonly StoredEdge[], request: TraceRequest): Traced {
  const { seeds, direction, exclude = [], asOf } = request
  const closed = new Set(exclude)
  const open = all.filter(({ from, to, at }) => !closed.has(from) && !closed.has(to) && (!asOf || at <= asOf))
  const { nodes, edges, loops } = walk(
    open,
    seeds.map(({ node }) => node),
    direction,
  )
  const into = Map.groupBy(edges, ({ from, to }) => (direction === 'forward' ? to : from))
  const graded = nodes.map(({ id, path }): TracedNode => {
    const rule = path.length === 1 ? 'seed' : 'reached'
    return { id, path, rule, grade: path.length === 1 ? 'confirmed' : 'possible', edges: into.get(id) ?? [] }
  })
  const fingerprint = sha256(graded.map(({ id }) => id).join(' '))
  const mark = sha256(canonical({ request, fingerprint })).slice(0, 16)
  return {
    counts: countsOf(graded),
    parties: partiesOf(edges),
    shipments: graded.map(({ id }) => id).filter((id) => id.startsWith('shp_')),
    loops: loops.length > 0 ? [loops] : [],
    complete: true,
    fingerprint,
    position: { epoch: 0, sealed: 0 },
    repaired: [],
    numbers: Uint32Array.from(graded, ({ id }) => numberOf(id)).sort(),
    page(cursor = `${mark}-0`, size = pageSize) {
      const [of, from] = cursor.split('-')
      if (of !== mark || !Number.isInteger(Number(from))) throw new ForeignCursor()
      const [start, end] = [Number(from), Number(from) + size]
      return { items: graded.slice(start, end), ...(end < graded.length ? { next: `${mark}-${end}` } : {}) }
    },
  }
}

function countsOf(nodes: readonly TracedNode[]) {
  const groups = Map.groupBy(nodes, ({ id, grade }) => `${id.slice(0, 3)} ${grade}`)
  return [...groups].map(([key, some]) => {
    const [prefix = '', grade] = key.split(' ')
    return { prefix, grade: grade as Grade, count: some.length }
  })
}

function partiesOf(edges: readonly StoredEdge[]) {
  const crossing = edges.filter(({ party }) => party !== undefined)
  const groups = Map.groupBy(crossing, ({ party, kind }) => `${party} ${kind}`)
  return [...groups].map(([key, some]) => {
    const [partnerId = '', kind = ''] = key.split(' ')
    return { partnerId, kind, edges: some.length }
  })
}
