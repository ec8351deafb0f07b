import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passingPairs } from '#genealogy/columns'
import { type Graded, grade, grades } from '#genealogy/grade'
import { Graph } from '#genealogy/reach'
import { columnsOf, type History, nodesOf, prefixOf, told, wild } from './history.ts'
import { Oracle } from './oracle.ts'
import { segmentsOf } from './segments.ts'

const histories = (most: number) => fc.oneof({ arbitrary: told(most), weight: 2 }, { arbitrary: wild(most), weight: 1 })
const choice = fc.nat(100)
const window = fc.option(fc.tuple(fc.nat(170), fc.nat(20)).map(([from, takes]) => ({ from, until: from + takes })))
const pick = (rows: History, n: number) => nodesOf(rows)[n % nodesOf(rows).length]!

const asMap = ({ nodes, grades: codes }: Graded) =>
  new Map(Array.from(nodes, (node, index) => [node, grades[codes[index]!]]))
const sorted = <V>(map: ReadonlyMap<number, V>) => [...map].sort(([a], [b]) => a - b)

const rulesOf = {
  confirmed: ['seed', 'direct', 'unit-map', 'only-source', 'only-output'],
  possible: ['no-unit-map', 'withdrawn', 'posted-before'],
  excluded: ['unit-map', 'before-arrival', 'outside-window', 'left-pack'],
}

describe('grade', () => {
  for (const direction of ['forward', 'backward'] as const)
    test(`${direction}, it is what the oracle says of 4,000 histories, with windows, exclusions and as of a time`, () => {
      fc.assert(
        fc.property(
          ...([histories(18), choice, fc.option(window, { nil: null }), fc.array(choice, { maxLength: 2 })] as const),
          fc.option(fc.integer({ min: 100, max: 140 })),
          (rows, seed, during, out, asOf) => {
            const exclude = out.map((n) => pick(rows, n))
            const node = pick(rows, seed)
            const limits = { exclude, ...(asOf === null ? {} : { asOf }) }
            const found = grade(columnsOf(rows), [{ node, ...during }], { direction, ...limits })
            expect(sorted(asMap(found))).toEqual(sorted(new Oracle(rows, limits)[direction](node, during ?? {})))
          },
        ),
        { numRuns: 4000 },
      )
    })

  test('x is forward of y exactly when y is backward of x, with the same grade', () => {
    fc.assert(
      fc.property(histories(18), choice, choice, fc.array(choice, { maxLength: 2 }), (rows, a, b, out) => {
        const [x, y] = [pick(rows, a), pick(rows, b)]
        fc.pre(prefixOf(y) !== 'pac')
        const exclude = out.map((n) => pick(rows, n))
        const gradeIn = (of: number, seed: number, direction: 'forward' | 'backward') => {
          const told = grade(columnsOf(rows), [{ node: seed }], { direction, exclude }).explain(of)
          return told?.grade === 'excluded' ? undefined : told?.grade
        }
        expect(gradeIn(x, y, 'forward')).toBe(gradeIn(y, x, 'backward'))
      }),
      { numRuns: 2000 },
    )
  })

  test('reach finds every node that is graded, wherever its edges are kept', () => {
    fc.assert(
      fc.property(histories(18), choice, fc.infiniteStream(fc.nat(2)), fc.boolean(), (rows, n, chance, back) => {
        const seed = pick(rows, n)
        const direction = back ? 'backward' : 'forward'
        const kept = rows.map(() => chance.next().value)
        const [sealed, late, tail] = [0, 1, 2].map((where) =>
          passingPairs(columnsOf(rows.filter((_, row) => kept[row] === where))),
        )
        const isPack = (node: number) => prefixOf(node) === 'pac'
        const graph = new Graph(segmentsOf(sealed!), late)
        const seeds = back ? [seed] : graph.withContents([seed], isPack, tail)
        const found = [...graph.reach(seeds, direction, tail)]
        const { nodes } = grade(columnsOf(rows), [{ node: seed }], { direction })
        expect(found).toEqual([...nodes])
      }),
      { numRuns: 1000 },
    )
  })

  test('each explanation is a way from the seed to the node that has this grade, and names a rule of this grade', () => {
    fc.assert(
      fc.property(histories(18), choice, window, fc.boolean(), (rows, n, during, back) => {
        const node = pick(rows, n)
        fc.pre(back || prefixOf(node) !== 'pac')
        const span = back ? {} : (during ?? {})
        const graded = grade(columnsOf(rows), [{ node, ...span }], { direction: back ? 'backward' : 'forward' })
        const oracle = new Oracle(rows)
        for (const reached of graded.nodes) {
          const told = graded.explain(reached)!
          const nodes = back ? told.nodes.toReversed() : told.nodes
          const way = (back ? told.edges.toReversed() : told.edges).map((edge) => rows[edge]!)
          expect([told.nodes[0], told.nodes.at(-1)]).toEqual([node, reached])
          expect(way.map(({ from, to }) => [from, to])).toEqual(way.map((_, at) => [nodes[at], nodes[at + 1]]))
          expect(oracle.gradeOfWay(way, span)).toBe(told.grade)
          expect(rulesOf[told.grade]).toContain(told.rule)
        }
      }),
      { numRuns: 1500 },
    )
  })

  test('the histories tried here meet every rule', () => {
    const seen = new Set<string>()
    for (const [rows, n, during] of fc.sample(fc.tuple(histories(18), choice, window), { numRuns: 2500, seed: 7 })) {
      const graded = grade(columnsOf(rows), [{ node: pick(rows, n), ...during }], { direction: 'forward' })
      for (const node of graded.nodes) seen.add(`${graded.explain(node)!.grade} ${graded.explain(node)!.rule}`)
    }
    const all = Object.entries(rulesOf).flatMap(([name, rules]) => rules.map((rule) => `${name} ${rule}`))
    expect([...seen].sort()).toEqual([...all, 'confirmed in-pack'].sort())
  })

  test('the order of edges and edges written twice change nothing', () => {
    const summed = new Set(['consume', 'withdraw'])
    fc.assert(
      fc.property(histories(18), choice, fc.infiniteStream(fc.nat()), (rows, n, chance) => {
        const twice = rows.filter(({ kind }) => !summed.has(kind) && chance.next().value % 2 === 0)
        const shuffled = [...rows, ...twice].map((row) => ({ row, key: chance.next().value }))
        const other = shuffled.sort((a, b) => a.key - b.key).map(({ row }) => row)
        const [one, two] = [rows, other].map((history) =>
          grade(columnsOf(history), [{ node: pick(rows, n) }], { direction: 'forward' }),
        )
        expect(sorted(asMap(two!))).toEqual(sorted(asMap(one!)))
      }),
      { numRuns: 500 },
    )
  })

  test('several seeds touch what each of them touches, with the better grade', () => {
    fc.assert(
      fc.property(histories(18), choice, choice, window, (rows, a, b, during) => {
        const seeds = [{ node: pick(rows, a) }, { node: pick(rows, b), ...during }]
        const each = seeds.map((seed) => asMap(grade(columnsOf(rows), [seed], { direction: 'forward' })))
        const best = new Map(each.flatMap((map) => [...map]))
        for (const map of each)
          for (const [node, one] of map) if (grades.indexOf(one!) > grades.indexOf(best.get(node)!)) best.set(node, one)
        expect(sorted(asMap(grade(columnsOf(rows), seeds, { direction: 'forward' })))).toEqual(sorted(best))
      }),
      { numRuns: 500 },
    )
  })
})

describe('the oracle', () => {
  test('agrees with every way of small histories, judged pair by pair', () => {
    fc.assert(
      fc.property(fc.oneof(told(6), wild(9)), choice, window, (rows, n, during) => {
        const oracle = new Oracle(rows)
        const seed = pick(rows, n)
        fc.pre(prefixOf(seed) !== 'pac')
        const best = new Map<number, string>([...oracle.forward(seed).keys()].map((node) => [node, 'excluded']))
        best.set(seed, 'confirmed')
        for (const way of oracle.ways(seed)) {
          const [node, found] = [way.at(-1)!.to, oracle.gradeOfWay(way, during ?? {})]
          if (grades.indexOf(found) > grades.indexOf(best.get(node) as typeof found)) best.set(node, found)
        }
        expect(sorted(oracle.forward(seed, during ?? {}))).toEqual(sorted(best))
      }),
      { numRuns: 1000 },
    )
  })
})
