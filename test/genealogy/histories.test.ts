import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredEdge, TraceRequest } from '#kit'
import { genealogyOver, Sealer, SealingStore } from './adapters.ts'
import { type History, nodesOf, told, wild } from './history.ts'
import { MemoryStore } from './memory-store.ts'
import { Oracle } from './oracle.ts'
import { idOf, recordingOf } from './recording.ts'

/** A few in each run of the tests; ten thousand by `npm run test:histories`. */
const histories = Number(process.env.HISTORIES ?? 120)

const nowhere = () => 'any'

/** One history as it goes through the store, recorded piece by piece, and held against the oracle at any moment. */
class Telling {
  readonly store = new MemoryStore()
  /** A function that is warm from the beginning to the end. */
  private readonly warm = genealogyOver(this.store.client, nowhere)
  private readonly rows: History
  private readonly edges: readonly StoredEdge[]
  private readonly nodes: readonly number[]
  private recorded = 0
  private seals = 0
  compared = 0

  constructor(rows: History) {
    this.rows = rows
    this.edges = recordingOf(rows)
    this.nodes = nodesOf(rows)
  }

  record(count: number): void {
    for (let n = 0; n < count && this.recorded < this.edges.length; n += 1) {
      this.store.record([this.edges[this.recorded]!])
      this.recorded += 1
    }
  }

  async seal(): Promise<void> {
    const sealer = new Sealer(new SealingStore(this.store.client, nowhere), this.store.closeTail)
    this.seals += 1
    expect(await sealer.seal(this.seals * 1e9)).toBe(true)
  }

  /** Asks for one node in both directions: the warm function, or one that has just been started. */
  async compare(choice: number, isWarm: boolean): Promise<void> {
    const node = this.nodes[choice % this.nodes.length]!
    const known = this.rows.slice(0, this.recorded)
    const genealogy = isWarm ? this.warm : genealogyOver(this.store.client, nowhere)
    for (const direction of ['forward', 'backward'] as const) {
      const request: TraceRequest = { seeds: [{ node: idOf(node) }], direction }
      const answer = await genealogy.trace(request)
      const { items } = answer.page(undefined, 10_000)
      const expected = [...new Oracle(known)[direction](node)].sort(([a], [b]) => a - b)
      expect(items.map(({ id, grade }) => `${id} ${grade}`)).toEqual(
        expected.map(([number, grade]) => `${idOf(number)} ${grade}`),
      )
      expect(answer.repaired).toEqual([])
      expect([...(await genealogy.reach(request)).numbers]).toEqual(expected.map(([number]) => number))
      this.compared += 1
    }
  }
}

test(`${histories} histories through the store, before, during and after seals, are what the oracle says, forward and backward`, async () => {
  let compared = 0
  await fc.assert(
    fc.asyncProperty(
      fc.oneof({ arbitrary: told(18), weight: 2 }, { arbitrary: wild(18), weight: 1 }),
      fc.infiniteStream(fc.nat(100)),
      async (rows, chance) => {
        const next = () => chance.next().value
        const telling = new Telling(rows)
        telling.store.beforePut = async () => {
          // While a seal writes, others go on recording and asking.
          if (next() < 20) telling.record(1)
          if (next() < 20) await telling.compare(next(), next() % 2 === 0)
        }
        for (let part = 0; part < 3; part += 1) {
          telling.record(part === 2 ? rows.length : Math.ceil(rows.length / 3))
          await telling.compare(next(), true)
          if (part === 2 || next() < 70) await telling.seal()
          await telling.compare(next(), next() % 2 === 0)
        }
        compared += telling.compared
      },
    ),
    { numRuns: histories, endOnFailure: histories > 1000 },
  )
  console.info(`${histories} histories, ${compared} traces were held against the oracle`)
}, 3_600_000)
