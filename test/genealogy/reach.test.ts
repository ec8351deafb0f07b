import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bits } from '#genealogy/bits'
import { Graph } from '#genealogy/reach'
import { pairsOf, segmentsOf } from './segments.ts'

/** Numbers around the borders of segments. */
const node = fc.oneof(
  fc.nat(20).map((n) => 4090 + n),
  fc.nat(5).map((n) => 12_286 + n),
)
const edge = fc.tuple(node, node)
const edges = fc.array(edge, { maxLength: 25 })

function reachOf(all: readonly (readonly [number, number])[], seeds: readonly number[], closed: readonly number[]) {
  const reached = new Set(seeds.filter((seed) => !closed.includes(seed)))
  for (let size = -1; size !== reached.size; ) {
    size = reached.size
    for (const [from, to] of all) if (reached.has(from) && !closed.includes(to)) reached.add(to)
  }
  return [...reached].sort((a, b) => a - b)
}

describe('reach', () => {
  test('is the same by passes, by index and by definition, in any order of numbers and wherever an edge is kept', () => {
    const seeds = fc.array(node, { minLength: 1, maxLength: 3 })
    const closed = fc.array(node, { maxLength: 3 })
    fc.assert(
      fc.property(edges, edges, edges, seeds, closed, (sealed, late, tail, from, out) => {
        const graph = new Graph(segmentsOf(pairsOf(sealed)), pairsOf(late))
        const all = [...sealed, ...late, ...tail]
        const expected = reachOf(all, from, out)
        for (const _ of ['passes', 'index'])
          expect([...graph.reach(from, 'forward', pairsOf(tail), out)]).toEqual(expected)
        const reversed = all.map(([a, b]): [number, number] => [b, a])
        expect([...graph.reach(from, 'backward', pairsOf(tail), out)]).toEqual(reachOf(reversed, from, out))
      }),
      { numRuns: 1000 },
    )
  })

  test('a walk that turns out large is finished by passes', () => {
    const chain = Array.from({ length: 9000 }, (_, n): [number, number] => [13_000 - n, 12_999 - n])
    const graph = new Graph(segmentsOf(pairsOf(chain.slice(100))), pairsOf(chain.slice(0, 100)))
    expect([1, 2].map(() => graph.reach([13_000], 'forward').count)).toEqual([9001, 9001])
  })

  test('children come with their parents, and packs with what was in them, wherever an edge is kept', () => {
    const graph = new Graph(segmentsOf(pairsOf([[4096, 4097]])), pairsOf([[5000, 4097]]))
    const tail = pairsOf([
      [4096, 9000],
      [9000, 5000],
    ])
    expect([...graph.withChildren(Bits.of([4096]), tail)]).toEqual([4096, 4097, 9000])
    expect(graph.withContents([4097], (node) => node === 4097 || node === 5000, tail)).toEqual([4097, 4096, 5000, 9000])
  })
})

describe('a set of numbers', () => {
  test('holds what was added, ascending, and cuts into 512 bytes a segment', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40_000)), (numbers) => {
        const bits = Bits.of(numbers)
        const expected = [...new Set(numbers)].sort((a, b) => a - b)
        expect([...bits]).toEqual(expected)
        expect(bits.count).toBe(expected.length)
        expect(bits.segments()).toEqual([...new Set(expected.map((number) => number >>> 12))])
        const second = bits.slice(1)
        expect(second).toHaveLength(512)
        expect(second[5]! & 4).toBe(expected.includes(4096 + 42) ? 4 : 0)
      }),
    )
  })
})
