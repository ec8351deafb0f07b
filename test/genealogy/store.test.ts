import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grade, grades } from '#genealogy/grade'
import { idIn, pieceOf, recordedEdge } from '#genealogy/recorded'
import { decodeEdges, decodeParents } from '#genealogy/segment'
import type { StoredEdge, TraceRequest } from '#kit'
import { numberOf } from '#kit/node'
import { epochCopies } from '#kit/settle'
import type { Client } from './adapters.ts'
import { TestTable } from './engine.ts'
import { told, wild } from './history.ts'
import { listed, recordingOf } from './recording.ts'

const table = new TestTable()
let adapters: typeof import('./adapters.ts')

beforeAll(async () => {
  await table.start(21_210)
  adapters = await import('./adapters.ts')
})
afterAll(() => table.stop())

const recordings = (most: number) =>
  fc
    .oneof(told(most), wild(most))
    .map(recordingOf)
    .filter((edges) => edges.length > 0)
const thirds = (edges: readonly StoredEdge[]) =>
  [0, 1, 2].map((n) => edges.filter((_, index) => Math.floor((3 * index) / edges.length) === n))

const storeOf = (client?: Client) => new adapters.SealingStore(client ?? adapters.dynamo, adapters.tableName)
const sealerOf = (client?: Client) => new adapters.Sealer(storeOf(client), adapters.closeEpoch)
/** Each later than the one before by more than a lease lasts. */
let clock = Date.now()
const later = () => (clock += 10 * 60_000)

/** Records edges as commands do: a delta each few edges, under the epoch that stands. */
async function record(edges: readonly StoredEdge[], size = 3): Promise<void> {
  for (let begin = 0; begin < edges.length; begin += size)
    for (let done = false; !done; ) {
      const [epoch, copy] = [await adapters.readEpoch(), Math.floor(Math.random() * epochCopies)]
      const outcome = await adapters.table.transact([
        { kind: 'epoch', epoch, copy },
        ...groups(edges.slice(begin, begin + size)).map((group) => ({
          ...{ kind: 'edges' as const, request: randomUUID(), epoch, edges: group },
        })),
      ])
      done = outcome.done
    }
}

/** A delta has one time of recording. */
const groups = (edges: readonly StoredEdge[]) => [...Map.groupBy(edges, ({ recordedAt }) => recordedAt).values()]

/** Everything that a reader of the store would find, edge by edge. */
async function contents(): Promise<StoredEdge[]> {
  const store = storeOf()
  const { manifest, epoch } = await store.head()
  const entries = [
    ...manifest.segments.flatMap((entry, n) =>
      entry ? [(['parents', 'rest'] as const).map((name) => adapters.segmentPlace(n, entry, name))] : [],
    ),
    ...manifest.late.map((entry) => (['parents', 'rest'] as const).map((name) => adapters.latePlace(entry, name))),
  ]
  const found = await store.parts(entries.flat())
  const pieces = entries.map(([parents, rest]) => decodeEdges(found.get(rest!)!, decodeParents(found.get(parents!)!)))
  const nodes = pieces.map((piece) => piece.nodes)
  const idOf = (number: number) => idIn(nodes, number) ?? `unknown ${number}`
  const sealed = pieces.flatMap(({ edges }) => Array.from(edges.kind.keys(), (edge) => recordedEdge(edges, edge, idOf)))
  return [...sealed, ...(await store.recorded(manifest.sealed, epoch))]
}

/** What the engine says of edges that never were in a store. */
function expected(edges: readonly StoredEdge[], { seeds, direction, exclude = [] }: TraceRequest) {
  const piece = pieceOf(edges)
  const numbers = seeds.map(({ node }) => numberOf(node))
  const graded = grade(
    piece.edges,
    numbers.map((node) => ({ node })),
    { direction, exclude: exclude.map(numberOf) },
  )
  return Array.from(graded.nodes, (node, place) => {
    const { rule } = graded.explain(node)!
    return `${node} ${grades[graded.grades[place]!]} ${rule}`
  })
}

async function traced(request: TraceRequest, client: Client = adapters.dynamo) {
  const answer = await adapters.genealogyOver(client, adapters.tableName).trace(request)
  const nodes = []
  for (let page = answer.page(undefined, 7); ; page = answer.page(page.next, 7)) {
    nodes.push(...page.items)
    if (!page.next) break
  }
  return { answer, nodes, told: nodes.map(({ id, grade, rule }) => `${numberOf(id)} ${grade} ${rule}`) }
}

const requestsFor = (edges: readonly StoredEdge[], count: number): TraceRequest[] =>
  Array.from({ length: count }, (_, n) => {
    const edge = edges[Math.floor(((n + 0.5) * edges.length) / count)]!
    return n % 2 === 0
      ? { seeds: [{ node: edge.from }], direction: 'forward' }
      : { seeds: [{ node: edge.to }], direction: 'backward' }
  })

async function expectSame(edges: readonly StoredEdge[], count = 4) {
  for (const request of requestsFor(edges, count))
    expect((await traced(request)).told).toEqual(expected(edges, request))
}

describe('sealing', () => {
  test('before, between and after seals a trace says the same, and no edge is lost or twice', async () => {
    await fc.assert(
      fc.asyncProperty(recordings(40), async (recording) => {
        await table.fresh()
        const seen: StoredEdge[] = []
        for (const part of thirds(recording)) {
          await record(part)
          seen.push(...part)
          if (seen.length > 0) await expectSame(seen, 2)
          expect(await sealerOf().seal(later())).toBe(true)
          expect(listed(await contents())).toEqual(listed(seen))
          if (seen.length > 0) await expectSame(seen, 2)
        }
      }),
      { numRuns: 12 },
    )
  }, 120_000)
})
