import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lot } from '#domain/lot'
import { nodeId, numberOf, timeOf } from '#kit/node'

test('an id of a node carries its time and its number', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), fc.integer({ min: 0, max: 2 ** 40 - 1 }), (time, number) => {
      const id = nodeId('lot', time, number)
      expect(Lot.id.safeParse(id).success).toBe(true)
      expect([timeOf(id), numberOf(id)]).toEqual([time, number])
    }),
  )
})

test('ids sort by time, then by number', () => {
  const ids = [nodeId('lot', 1, 9), nodeId('lot', 2, 1), nodeId('lot', 2, 40), nodeId('lot', 1e12, 0)]
  expect([...ids].sort()).toEqual(ids)
})

test('the n-th sample id has number n', () => {
  expect(numberOf(Lot.sample(7))).toBe(7)
})
