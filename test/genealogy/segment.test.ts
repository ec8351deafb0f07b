import fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstAt, nodePrefixes } from '#genealogy/nodes'
import { idIn, pieceOf, recordedEdge } from '#genealogy/recorded'
import { decodeEdges, decodeParents, encode } from '#genealogy/segment'
import type { StoredEdge } from '#kit'
import { discover, factsOf } from '../../lib/discover.ts'
import { passing } from '../../lib/genealogy/columns.ts'
import type { Piece } from '../../lib/genealogy/piece.ts'
import { told, wild } from './history.ts'
import { listed, recordingOf } from './recording.ts'

const recordings = fc.oneof(told(40), wild(40)).map(recordingOf)

function edgesOf({ nodes, edges }: Piece): StoredEdge[] {
  const idOf = (number: number) => idIn([nodes], number)!
  return Array.from(edges.kind.keys(), (edge) => recordedEdge(edges, edge, idOf))
}

test('what was recorded comes back from a stored piece, every field and every edge', () => {
  fc.assert(
    fc.property(recordings, (recording) => {
      const { parents, edges } = encode(pieceOf(recording))
      expect(listed(edgesOf(decodeEdges(edges, decodeParents(parents))))).toEqual(listed(recording))
    }),
    { numRuns: 500 },
  )
})

test('the same edges make the same bytes in whatever order they come', () => {
  fc.assert(
    fc.property(recordings, fc.infiniteStream(fc.nat()), (recording, chance) => {
      const shuffled = recording.map((edge) => ({ edge, key: chance.next().value })).sort((a, b) => a.key - b.key)
      const other = encode(pieceOf(shuffled.map(({ edge }) => edge)))
      expect(Buffer.from(other.edges).equals(encode(pieceOf(recording)).edges)).toBe(true)
      expect(Buffer.from(other.parents).equals(encode(pieceOf(recording)).parents)).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('the part that a walk needs holds every edge along which suspicion passes, and no other', () => {
  fc.assert(
    fc.property(recordings, (recording) => {
      const piece = pieceOf(recording)
      const { numbers, offsets, parents } = decodeParents(encode(piece).parents)
      const pairs = Array.from(parents, (parent, at) => `${parent} ${numbers[firstAt(offsets, at + 1) - 1]}`)
      const wanted = Array.from(piece.edges.kind.keys())
        .filter((edge) => passing[piece.edges.kind[edge]!])
        .map((edge) => `${piece.edges.from[edge]} ${piece.edges.to[edge]}`)
      expect(pairs.sort()).toEqual(wanted.sort())
    }),
    { numRuns: 300 },
  )
})

test('bytes that were cut or changed are an error or other edges, never the same', () => {
  const piece = pieceOf(recordingOf(fc.sample(told(40), { numRuns: 1, seed: 5 })[0]!))
  const { parents } = encode(piece)
  for (let length = 0; length < parents.length; length += 1)
    expect(() => decodeParents(parents.subarray(0, length))).toThrow()
})

test('every kind of node has a code', async () => {
  const entities = factsOf(await discover(process.cwd())).map(({ entity }) => entity)
  const prefixes = new Set(entities.filter(({ node }) => node).map(({ prefix }) => prefix))
  expect([...prefixes].filter((prefix) => !nodePrefixes.some((known) => known === prefix))).toEqual([])
  expect(prefixes.size).toBeGreaterThan(3)
})
