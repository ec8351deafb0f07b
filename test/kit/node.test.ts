import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Lot } from '#domain/lot'
import { nodeId, numberOf, timeOf } from '#kit/node'
import { type NodeNumbers, nodeNumbers } from '#kit/numbers'

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

describe('numbers are leased in blocks', () => {
  const counter = () => {
    const sizes: number[] = []
    let leased = 0
    const lease = async (count: number) => {
      sizes.push(count)
      leased += count
      return leased - count
    }
    return { lease, sizes }
  }
  const take = async (numbers: NodeNumbers, count: number) => {
    await numbers.ready()
    return Array.from({ length: count }, () => numbers.next())
  }

  test('no two functions get the same, whatever they take at the same time', async () => {
    const { lease } = counter()
    const functions = Array.from({ length: 8 }, () => nodeNumbers(lease, () => 0))
    const takes = functions.flatMap((numbers) => [1, 49, 3, 20].map((count) => () => take(numbers, count)))
    const taken: number[] = []
    for (let round = 0; round < 20; round += 1)
      taken.push(...(await Promise.all(takes.filter((_, n) => n % 4 === round % 4).map((one) => one()))).flat())
    expect(new Set(taken).size).toBe(taken.length)
  })

  test('the block grows while it is used up within a minute, and shrinks in quiet times', async () => {
    const { lease, sizes } = counter()
    let now = 0
    const numbers = nodeNumbers(lease, () => now)
    for (let use = 0; use < 100; use += 1) await take(numbers, 49)
    expect(sizes.slice(0, 6)).toEqual([64, 64, 128, 256, 512, 1024])
    expect(Math.max(...sizes)).toBe(1024)
    now += 3_600_000
    for (let use = 0; use < 100 && sizes.at(-1)! > 64; use += 1) await take(numbers, 49)
    expect(sizes.at(-1)).toBeLessThanOrEqual(64)
  })

  test('who does not wait for them gets none', () => {
    expect(() => nodeNumbers(counter().lease, () => 0).next()).toThrow('await "ready"')
  })
})
