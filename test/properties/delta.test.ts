import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Item } from '#domain/item'
import type { StoredEdge } from '#kit'
import { decodeDelta, eachLink, encodeDelta } from '../../lib/genealogy/delta.ts'
import { edgeKinds } from '../../lib/kit/entity.ts'
import { crockford, nodeId, numberOf } from '../../lib/kit/node.ts'

const prefix = fc.constantFrom('lot', 'ord', 'shp')
const digits = fc.nat(2 ** 40 - 1).map((half) => crockford.encode(half, 8))
const id = fc.oneof(
  fc.tuple(prefix, fc.nat(2 ** 45), fc.nat(2 ** 40 - 1)).map((parts) => nodeId(...parts)),
  fc.tuple(prefix, digits, digits, digits).map(([kind, ...parts]) => `${kind}_${parts.join('')}ZZ`),
  fc.string(),
)
const instant = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((day) => day.toISOString())
const quantity = fc.oneof(
  fc.nat(1e6),
  fc.nat(1e9).map((millionths) => millionths / 1e6),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value || 0),
)

const recording = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
const edges = recording
  .map((day) => day.toISOString())
  .chain((recordedAt) =>
    fc.array(
      fc.record(
        {
          kind: fc.constantFrom(...edgeKinds),
          from: id,
          to: id,
          at: fc.oneof(instant, fc.constant(recordedAt)),
          stated: fc.constant(true as const),
          recordedAt: fc.constant(recordedAt),
          until: instant,
          quantity,
          unit: fc.constantFrom('each', 'kg'),
          itemId: id,
          party: id,
          fact: fc.record({ entityId: id, version: fc.integer({ min: 1, max: 2 ** 50 }) }),
        },
        { requiredKeys: ['kind', 'from', 'to', 'at', 'recordedAt', 'fact'] },
      ),
      { minLength: 1, maxLength: 30 },
    ),
  )

describe('a delta', () => {
  test('gives back the edges it was made of', () => {
    fc.assert(
      fc.property(edges, (all) => {
        expect(decodeDelta(encodeDelta(all))).toEqual(all)
      }),
      { numRuns: 2000 },
    )
  })

  test('tells a walk the ends of the same edges', () => {
    fc.assert(
      fc.property(edges, (all) => {
        const links: unknown[] = []
        const told = (id: string) => [numberOf(id), id.slice(0, 3)]
        eachLink(encodeDelta(all), (kind, ...ends) =>
          links.push([edgeKinds[kind], ...ends.map(({ number, prefix }) => [number, prefix])]),
        )
        expect(links).toEqual(all.map(({ kind, from, to }) => [kind, told(from), told(to)]))
      }),
      { numRuns: 500 },
    )
  })

  test('that was cut or comes from newer code is not read as something else', () => {
    fc.assert(
      fc.property(edges, fc.nat(1e6), (all, cut) => {
        const delta = encodeDelta(all)
        const part = delta.slice(0, cut % delta.length)
        const read = () => decodeDelta(part).length
        // Cut between two edges it is a shorter list; what is in it is never wrong.
        try {
          expect(decodeDelta(part)).toEqual(all.slice(0, read()))
        } catch (error) {
          expect((error as Error).message).toMatch(/they were cut/)
        }
      }),
    )
    expect(() => decodeDelta(Uint8Array.of(9))).toThrow('Deploy a newer one')
  })

  test('takes about 40 bytes an edge where a command draws several, and under 100 where it draws one', () => {
    const recordedAt = '2026-03-02T08:00:00.000Z'
    const order = nodeId('ord', Date.parse(recordedAt), 70_000)
    const issued = Array.from(
      { length: 20 },
      (_, n): StoredEdge => ({
        ...{ kind: 'consume', from: nodeId('lot', 1_772_000_000_000 + n, 60_000 + n), to: order, at: recordedAt },
        ...{ quantity: 12.5, unit: 'kg', itemId: Item.sample(n), recordedAt, fact: { entityId: order, version: 3 } },
      }),
    )
    expect(encodeDelta(issued).length / issued.length).toBeLessThan(42)
    expect(encodeDelta(issued.slice(0, 1)).length).toBeLessThan(100)
  })
})
