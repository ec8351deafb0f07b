import { describe, expect, test } from 'vitest'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { idsOf, roundsOf, valuesAt } from '../../lib/kit/reads.ts'

describe('ids at a path', () => {
  const input = { lotId: 'a', lines: [{ lotId: 'b' }, {}, { lotId: 'c' }], ids: ['d', 'e'], deep: { one: { id: 'f' } } }
  test.each([
    ['lotId', ['a']],
    ['lines[].lotId', ['b', 'c']],
    ['ids[]', ['d', 'e']],
    ['deep.one.id', ['f']],
    ['missing', []],
    ['missing.deeper', []],
    ['missing[].lotId', []],
    ['lines', []],
  ])('%s', (path, ids) => expect(valuesAt(input, path)).toEqual(ids))

  test('of a read that came before, one or many', () => {
    const states = { lot: { itemId: 'x' }, lots: [{ itemId: 'y' }, { itemId: 'z' }] }
    expect(idsOf(Item.of('lot.itemId'), {}, states)).toEqual(['x'])
    expect(idsOf(Item.of('lots[].itemId'), {}, states)).toEqual(['y', 'z'])
    expect(idsOf(Item.of('lot.itemId'), {}, { lot: undefined })).toEqual([])
  })
})

describe('rounds', () => {
  test('a read stands in the round after the one it depends on', () => {
    const reads = { item: Item.of('lots[].itemId'), other: Lot.at('lotId'), lots: Lot.at('lines[].lotId') }
    expect(roundsOf(reads).map((round) => round.map(([name]) => name))).toEqual([['other', 'lots'], ['item']])
  })
  test('a read that depends on none of the others is a fault that names it', () => {
    expect(() => roundsOf({ item: Item.of('order.itemId') })).toThrow('Read "item" depends on "@order.itemId"')
  })
  test('reads that depend on each other are a fault', () => {
    expect(() => roundsOf({ a: Item.of('b.itemId'), b: Item.of('a.itemId') })).toThrow('Read "a"')
  })
})
