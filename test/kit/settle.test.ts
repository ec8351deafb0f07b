import { describe, expect, test } from 'vitest'
import { brokenAt, type Edge, type Fact } from '#kit'
import { nodeId } from '../../lib/kit/node.ts'
import { type Settling, settle, tailCopies } from '../../lib/kit/settle.ts'
import type { Stored, Write } from '../../lib/kit/table.ts'
import { Bolt, BoltMade, BoltRenamed, BoltSeen, BoltsMoved, BoltTurned } from './bolt.ts'

const boltId = Bolt.sample()
const stored: Stored = { id: boltId, version: 3, facts: 2, head: 'h2', data: Bolt.like() }
const seen = [{ entity: Bolt, id: boltId, stored }]

const settling = (facts: readonly Fact[], rest: Partial<Settling> = {}): Settling => ({
  command: 'test/turn-bolt',
  request: 'req-1',
  context: { now: '2026-03-02T08:00:00.000Z', actor: { sub: 'usr-1', name: 'One', roles: [], sites: [] } },
  seen,
  facts,
  epochCopy: 7,
  ...rest,
})

const only = <K extends Write['kind']>(writes: readonly Write[], kind: K) =>
  writes.filter((write): write is Extract<Write, { kind: K }> => write.kind === kind)

describe('states', () => {
  test('two facts on one entity are one state, one version up, and two links of its chain', () => {
    const { writes, ledger } = settle(settling([BoltTurned({ boltId, turns: 1 }), BoltTurned({ boltId, turns: 2 })]))
    const [state, ...others] = only(writes, 'state')
    expect(others).toEqual([])
    expect(state).toMatchObject({ expect: 3, next: { version: 4, facts: 4, data: { turns: 3 } } })
    expect(ledger.map(({ version }) => version)).toEqual([3, 4])
    expect(ledger[0]!.previous).toBe('h2')
    expect(ledger[1]!.previous).toBe(ledger[0]!.hash)
    expect(state!.next.head).toBe(ledger[1]!.hash)
  })

  test('what was only read is checked once, at the version that was seen', () => {
    const other = { entity: Bolt, id: Bolt.sample(2), stored: { ...stored, id: Bolt.sample(2), version: 8 } }
    const gone = { entity: Bolt, id: Bolt.sample(3), stored: undefined }
    const { writes } = settle(settling([BoltTurned({ boltId, turns: 1 })], { seen: [...seen, other, other, gone] }))
    expect(only(writes, 'check').map(({ id, expect }) => [id, expect])).toEqual([
      [Bolt.sample(2), 8],
      [Bolt.sample(3), 0],
    ])
  })

  test('a state whose facts are not kept moves on without a ledger', () => {
    const { writes, ledger } = settle(settling([BoltSeen({ boltId })]))
    expect(ledger).toEqual([])
    expect(only(writes, 'state')[0]!.next).toMatchObject({ version: 4, facts: 2, head: 'h2' })
  })

  test('the first fact begins the chain and answers 201', () => {
    const { ledger, answer, writes } = settle(settling([BoltMade({ boltId, code: 'B-2' })], { seen: [] }))
    expect(only(writes, 'state')[0]).toMatchObject({ expect: 0, next: { version: 1, facts: 1 } })
    expect(brokenAt(ledger)).toBeUndefined()
    expect(answer).toMatchObject({ status: 201, body: { facts: [{ type: 'BoltMade', id: boltId, version: 1 }] } })
  })

  test('a fact on what was not read is a fault that says what to add', () => {
    expect(() => settle(settling([BoltTurned({ boltId, turns: 1 })], { seen: [] }))).toThrow('Add it to "reads"')
  })

  test('a birth of what exists is a fault that says how to read it', () => {
    expect(() => settle(settling([BoltMade({ boltId, code: 'B-2' })]))).toThrow('.orAbsent()')
  })
})

describe('natural keys', () => {
  test('a new value is claimed and the old one given back', () => {
    const { writes } = settle(settling([BoltRenamed({ boltId, code: 'B-9' })]))
    expect(only(writes, 'unique').map(({ field, value }) => [field, value])).toEqual([['code', 'B-9']])
    expect(only(writes, 'retire').map(({ field, value }) => [field, value])).toEqual([['code', 'B-1']])
  })
  test('an unchanged value is left alone', () => {
    const { writes } = settle(settling([BoltTurned({ boltId, turns: 1 })]))
    expect([...only(writes, 'unique'), ...only(writes, 'retire')]).toEqual([])
  })
})

describe('stock', () => {
  const changes = (moves: { from?: string; to: string; quantity: number }[]) =>
    only(settle(settling([BoltsMoved({ boltId, moves })])).writes, 'stock').map(({ place, change }) => [place, change])

  test('a birth adds, a move subtracts and adds', () => {
    expect(changes([{ to: 'a', quantity: 5 }])).toEqual([['a', 5]])
    expect(changes([{ from: 'a', to: 'b', quantity: 5 }])).toEqual([
      ['a', -5],
      ['b', 5],
    ])
  })
  test('moves through one place meet in one write, and nothing is written where nothing changes', () => {
    const through = [
      { from: 'a', to: 'b', quantity: 5 },
      { from: 'b', to: 'c', quantity: 5 },
    ]
    expect(changes(through)).toEqual([
      ['a', -5],
      ['c', 5],
    ])
  })
  test('sums of decimals are exact', () => {
    const tenths = Array.from({ length: 3 }, () => ({ to: 'a', quantity: 0.1 }))
    expect(changes(tenths)).toEqual([['a', 0.3]])
  })
  test('only a count difference may be owed', () => {
    const moves = [{ from: 'difference', to: 'a', quantity: 1 }]
    const { writes } = settle(settling([BoltsMoved({ boltId, moves })]))
    expect(only(writes, 'stock').map(({ place, mayOwe }) => [place, mayOwe])).toEqual([
      ['difference', true],
      ['a', false],
    ])
  })
})

describe('the freeze', () => {
  const born = (from: string) => BoltMade({ boltId, code: 'B-2', from })
  const frozenBy = (recalls: Record<string, string[]>, facts: readonly Fact[]) =>
    only(
      settle(settling(facts, { seen: [], freeze: { epoch: 4, tail: 2, recalls: new Map(Object.entries(recalls)) } }))
        .writes,
      'frozen',
    )

  test('its epoch is checked on the copy that was drawn', () => {
    const { writes } = settle(
      settling([born('ord_1')], { seen: [], freeze: { epoch: 4, tail: 2, recalls: new Map() } }),
    )
    expect(only(writes, 'epoch')).toEqual([{ kind: 'epoch', epoch: 4, copy: 7, tail: 2 }])
    expect(only(writes, 'frozen')).toEqual([])
  })
  test('what draws edges uses one of the copies that know the tail, what draws none any of them', () => {
    const some = { seen: [], freeze: { epoch: 4, tail: 2, recalls: new Map() }, epochCopy: 60 }
    const [drawn, none] = [born('ord_1'), BoltMade({ boltId, code: 'B-2' })].map((fact) =>
      settle(settling([fact], some)),
    )
    expect(only(drawn!.writes, 'epoch')).toEqual([{ kind: 'epoch', epoch: 4, copy: 60 % tailCopies, tail: 2 }])
    expect(only(drawn!.writes, 'edges')).toMatchObject([{ copy: 60 % tailCopies }])
    expect(only(none!.writes, 'epoch')).toEqual([{ kind: 'epoch', epoch: 4, copy: 60 }])
  })
  test('what is made from a frozen node is frozen by the same recalls', () => {
    const places = new Map([
      ['rec_1', [1]],
      ['rec_2', [1]],
    ])
    expect(frozenBy({ ord_1: ['rec_1', 'rec_2'] }, [born('ord_1')])).toEqual([
      { kind: 'frozen', segment: 0, places, epoch: 4 },
    ])
  })
  test('it passes on through nodes that the same command made', () => {
    const next = BoltMade({ boltId: Bolt.sample(2), code: 'B-3', from: boltId })
    const [write, ...others] = frozenBy({ ord_1: ['rec_1'] }, [born('ord_1'), next])
    expect(others).toEqual([])
    expect(write!.places).toEqual(new Map([['rec_1', [1, 2]]]))
  })
  test('what lies in two segments takes two items, however many recalls', () => {
    const far = nodeId('blt', 0, 3 * 4096 + 5)
    const facts = [born('ord_1'), BoltMade({ boltId: far, code: 'B-3', from: 'ord_1' })]
    expect(frozenBy({ ord_1: ['rec_1', 'rec_2'] }, facts).map(({ segment, places }) => [segment, ...places])).toEqual([
      [0, ['rec_1', [1]], ['rec_2', [1]]],
      [3, ['rec_1', [5]], ['rec_2', [5]]],
    ])
  })
  test('a node that both sides of an edge share recalls with is not written again', () => {
    expect(frozenBy({ ord_1: ['rec_1'], [boltId]: ['rec_1'] }, [born('ord_1')])).toEqual([])
  })
  test.each<[Edge['kind'], boolean]>([
    ['receive', true],
    ['consume', true],
    ['split', true],
    ['merge', true],
    ['ship', false],
    ['return', false],
    ['change', true],
    ['run', false],
    ['repair', false],
  ])('%s passes it on: %s', (kind, inherits) => {
    const made = born('ord_1')
    const fact = { ...made, of: { ...made.of, edges: () => [{ kind, from: 'ord_1', to: boltId }] } } as unknown as Fact
    expect(frozenBy({ ord_1: ['rec_1'] }, [fact]).length).toBe(inherits ? 1 : 0)
  })
})

describe('edges', () => {
  const made = BoltMade({ boltId, code: 'B-2', from: 'ord_1' })
  const at = '2026-03-02T08:00:00.000Z'
  const freeze = { epoch: 4, tail: 2, recalls: new Map() }

  test('add one item to the transaction, in the epoch that it checks, and say which fact drew them', () => {
    const { writes } = settle(settling([made], { seen: [], freeze }))
    const recorded = { recordedAt: at, fact: { entityId: boltId, version: 1 } }
    expect(only(writes, 'edges')).toEqual([
      {
        ...{ kind: 'edges', request: 'req-1', epoch: 4, tail: 2, copy: 7 },
        edges: [{ kind: 'produce', from: 'ord_1', to: boltId, at, ...recorded }],
      },
    ])
    expect(only(writes, 'epoch')).toHaveLength(1)
    expect(writes).toHaveLength(settle(settling([BoltMade({ boltId, code: 'B-2' })], { seen: [] })).writes.length + 2)
  })

  test('carry a time that somebody stated', () => {
    const stated = '2026-03-01T12:00:00.000Z'
    const edges = () => [{ kind: 'run' as const, from: 'eqp_1', to: boltId, at: stated }]
    const fact = { ...made, of: { ...made.of, edges } } as unknown as Fact
    const { writes } = settle(settling([fact], { seen: [], freeze }))
    expect(only(writes, 'edges')[0]!.edges).toMatchObject([{ at: stated, stated: true, recordedAt: at }])
  })

  test('without the epoch they belong to are a fault', () => {
    expect(() => settle(settling([made], { seen: [] }))).toThrow('Add the fact to "emits"')
  })
})

test('the answer is kept with the hash of its request', () => {
  const keep = { key: 'usr-1#k1', bodyHash: 'abc', expires: 1_772_000_000 }
  const { writes, answer } = settle(settling([BoltTurned({ boltId, turns: 1 })], { keep }))
  expect(only(writes, 'answer')).toEqual([
    { kind: 'answer', key: 'usr-1#k1', expires: 1_772_000_000, answer: { ...answer, bodyHash: 'abc' } },
  ])
})

test('more than 100 items are a fault that says where to put the limit', () => {
  const make = (count: number) =>
    settle(
      settling(
        Array.from({ length: count }, (_, index) => BoltMade({ boltId: Bolt.sample(index + 1), code: `B-${index}` })),
        { seen: [] },
      ),
    ).writes.length
  expect(make(33)).toBe(99)
  expect(() => make(34)).toThrow('102 items at once; 100 is the limit. Lower the ".max(n)"')
})
