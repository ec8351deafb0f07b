import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredEdge } from '#kit'
import { walk } from '../../lib/genealogy/walk.ts'

const minute = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString()

const recorded = { recordedAt: minute(0), fact: { entityId: 'lot_a', version: 1 } }

const between = (kind: StoredEdge['kind'], from: string, to: string, most = 8) =>
  fc.record({ f: fc.nat(most), t: fc.nat(most), at: fc.nat(100), takes: fc.nat(50) }).map(
    ({ f, t, at, takes }): StoredEdge => ({
      ...recorded,
      kind,
      from: `${from}${f}`,
      to: `${to}${t}`,
      at: minute(at),
      ...(kind === 'run' ? { until: minute(at + takes) } : {}),
    }),
  )

/** Random histories in any order, with merges, loops, shared shipments, returns and repaired equipment. */
const histories = fc.array(
  fc.oneof(
    between('receive', 'supplier-lot:', 'lot_'),
    between('consume', 'lot_', 'ord_'),
    between('produce', 'ord_', 'lot_'),
    between('split', 'lot_', 'lot_'),
    between('merge', 'lot_', 'lot_'),
    between('ship', 'lot_', 'shp_'),
    between('return', 'shp_', 'lot_'),
    between('change', 'pch_', 'ord_', 2),
    between('run', 'eqp_', 'ord_', 2),
    between('repair', 'lot_', 'eqp_', 2),
  ),
  { maxLength: 40 },
)
const nodes = fc.oneof(
  ...['lot_', 'ord_', 'supplier-lot:', 'shp_'].map((prefix) => fc.nat(8).map((n) => `${prefix}${n}`)),
  ...['pch_', 'eqp_'].map((prefix) => fc.nat(2).map((n) => `${prefix}${n}`)),
)

/** The rule said differently: paths of edges, each of which may follow the one before. */
function oracle(edges: readonly StoredEdge[], seed: string): string[] {
  const passing = edges.filter(({ kind }) => kind !== 'return')
  const mayFollow = (first: StoredEdge, second: StoredEdge) =>
    first.to === second.from && !(first.kind === 'repair' && second.kind === 'run' && second.until! < first.at)
  const reached = new Set(passing.filter(({ from }) => from === seed))
  for (let size = -1; size !== reached.size; ) {
    size = reached.size
    for (const second of passing) if ([...reached].some((first) => mayFollow(first, second))) reached.add(second)
  }
  return [...new Set([seed, ...[...reached].map(({ to }) => to)])].sort()
}

const idsOf = (edges: readonly StoredEdge[], seed: string, direction: 'forward' | 'backward') =>
  walk(edges, [seed], direction).nodes.map(({ id }) => id)

describe('trace', () => {
  test('reaches exactly what the oracle reaches', () => {
    fc.assert(
      fc.property(histories, nodes, (edges, seed) => {
        expect(idsOf(edges, seed, 'forward')).toEqual(oracle(edges, seed))
      }),
      { numRuns: 2000 },
    )
  })

  test('x is forward of y exactly when y is backward of x', () => {
    fc.assert(
      fc.property(histories, nodes, nodes, (edges, x, y) => {
        expect(idsOf(edges, y, 'forward').includes(x)).toBe(idsOf(edges, x, 'backward').includes(y))
      }),
      { numRuns: 2000 },
    )
  })

  test('the order in which edges were written does not matter', () => {
    fc.assert(
      fc.property(histories, nodes, fc.infiniteStream(fc.nat()), (edges, seed, chance) => {
        const shuffled = edges.map((edge) => ({ edge, key: chance.next().value })).sort((a, b) => a.key - b.key)
        const other = idsOf(
          shuffled.map(({ edge }) => edge),
          seed,
          'forward',
        )
        expect(other).toEqual(idsOf(edges, seed, 'forward'))
      }),
      { numRuns: 500 },
    )
  })

  test('each path begins at the seed and follows edges of the answer', () => {
    fc.assert(
      fc.property(histories, nodes, (edges, seed) => {
        const trace = walk(edges, [seed], 'forward')
        const links = new Set(trace.edges.map(({ from, to }) => `${from} ${to}`))
        for (const { id, path } of trace.nodes) {
          expect([path[0], path.at(-1)]).toEqual([seed, id])
          for (const [index, node] of path.slice(1).entries()) expect(links.has(`${path[index]} ${node}`)).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('a rework loop ends and is reported', () => {
    const edges: StoredEdge[] = [
      { ...recorded, kind: 'split', from: 'lot_a', to: 'lot_b', at: minute(1) },
      { ...recorded, kind: 'merge', from: 'lot_b', to: 'lot_a', at: minute(2) },
      { ...recorded, kind: 'split', from: 'lot_b', to: 'lot_c', at: minute(3) },
    ]
    const trace = walk(edges, ['lot_a'], 'forward')
    expect(trace.nodes.map(({ id }) => id)).toEqual(['lot_a', 'lot_b', 'lot_c'])
    expect(trace.loops).toEqual(['lot_a', 'lot_b'])
  })

  test('20 layers with two parents each take linear time', () => {
    const edges = Array.from({ length: 20 }, (_, layer) =>
      ['a', 'b'].flatMap((from) =>
        ['a', 'b'].map((to) => ({
          ...recorded,
          kind: 'split' as const,
          from: `lot_${layer}${from}`,
          to: `lot_${layer + 1}${to}`,
          at: minute(layer),
        })),
      ),
    ).flat()
    const trace = walk(edges, ['lot_0a'], 'forward')
    expect(trace.nodes).toHaveLength(41)
    expect(trace.edges).toHaveLength(78)
  })

  test('lots that travelled together do not touch each other', () => {
    const edges: StoredEdge[] = [
      { ...recorded, kind: 'ship', from: 'lot_a', to: 'shp_1', at: minute(1), party: 'ptr_1' },
      { ...recorded, kind: 'ship', from: 'lot_b', to: 'shp_1', at: minute(1), party: 'ptr_1' },
      { ...recorded, kind: 'return', from: 'shp_1', to: 'lot_b', at: minute(2), party: 'ptr_1' },
    ]
    expect(idsOf(edges, 'lot_a', 'forward')).toEqual(['lot_a', 'shp_1'])
  })
})
