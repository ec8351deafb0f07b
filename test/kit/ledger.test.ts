import { describe, expect, test } from 'vitest'
import { brokenAt, canonical, type LedgerFact, seal } from '../../lib/kit/ledger.ts'

const chainOf = (length: number) => {
  const chain: LedgerFact[] = []
  for (let version = 1; version <= length; version += 1)
    chain.push(
      seal({
        entity: 'bolt',
        entityId: 'blt_1',
        version,
        area: 'test',
        type: 'BoltTurned',
        data: { turns: version },
        at: '2026-03-02T08:00:00.000Z',
        by: { sub: 'usr-1', name: 'One' },
        command: 'test/turn-bolt',
        request: `req-${version}`,
        previous: chain.at(-1)?.hash ?? '',
      }),
    )
  return chain
}

test('equal values have equal text, whatever the order of their keys', () => {
  expect(canonical({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe('{"b":[1,{"c":"x","d":null}]}')
  expect(canonical({ a: 1, b: 2 })).toBe(canonical({ b: 2, a: 1 }))
  expect(canonical([undefined, 'ü'])).toBe('[null,"ü"]')
})

const resealed = ({ hash: _, ...fact }: LedgerFact) => seal({ ...fact, at: '2026-03-02T09:00:00.000Z' })

describe('a chain of facts', () => {
  test('holds as it was sealed', () => expect(brokenAt(chainOf(5))).toBeUndefined())
  test('of nothing holds', () => expect(brokenAt([])).toBeUndefined())
  test.each<[string, (chain: LedgerFact[]) => unknown, number]>([
    ['a changed value', (chain) => chain.splice(2, 1, { ...chain[2]!, data: { turns: 9 } }), 3],
    ['a changed person', (chain) => chain.splice(0, 1, { ...chain[0]!, by: { sub: 'usr-2', name: 'Two' } }), 1],
    ['a removed fact', (chain) => chain.splice(1, 1), 2],
    ['a fact that was sealed anew', (chain) => chain.splice(1, 1, resealed(chain[1]!)), 3],
    ['two facts in another order', (chain) => chain.splice(3, 2, chain[4]!, chain[3]!), 4],
    ['a removed beginning', (chain) => chain.shift(), 1],
  ])('%s shows where it breaks', (_, tamper, position) => {
    const chain = chainOf(5)
    tamper(chain)
    expect(brokenAt(chain)).toBe(position)
  })
})
