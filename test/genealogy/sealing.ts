import { randomUUID } from 'node:crypto'
import { EdgeBuilder } from '#genealogy/columns'
import { grade, grades } from '#genealogy/grade'
import { canonical } from '#genealogy/piece'
import { idIn, pieceOf, recordedEdge } from '#genealogy/recorded'
import { decodeEdges, decodeParents } from '#genealogy/segment'
import type { StoredEdge, TraceRequest } from '#kit'
import { numberOf } from '#kit/node'
import { tailCopies } from '#kit/settle'
import type { Client } from './adapters.ts'
import { TestTable } from './engine.ts'

/** The product's store on an engine of its own, and what a test does with it. */
export class Sealing {
  readonly table = new TestTable()
  adapters!: typeof import('./adapters.ts')
  private clock = Date.now()

  async start(port: number): Promise<void> {
    await this.table.start(port)
    this.adapters = await import('./adapters.ts')
  }

  /** A time after the last one by more than a lease lasts. */
  later(): number {
    this.clock += 10 * 60_000
    return this.clock
  }

  store(client: Client = this.adapters.dynamo) {
    return new this.adapters.SealingStore(client, this.adapters.tableName)
  }
  sealer(client?: Client) {
    return new this.adapters.Sealer(this.store(client), this.adapters.closeTail)
  }
  genealogy(client: Client = this.adapters.dynamo) {
    return this.adapters.genealogyOver(client, this.adapters.tableName)
  }

  /** Records edges as commands do: some at a time, into the tail that stands. */
  async record(edges: readonly StoredEdge[], size = 3): Promise<void> {
    for (let begin = 0; begin < edges.length; begin += size)
      // A delta has one time of recording, and a command one delta.
      for (const group of Map.groupBy(edges.slice(begin, begin + size), (edge) => edge.recordedAt).values())
        await this.command(group)
  }

  private async command(edges: readonly StoredEdge[]): Promise<void> {
    for (let done = false; !done; ) {
      const { epoch, tail } = await this.adapters.readFence()
      const copy = Math.floor(Math.random() * tailCopies)
      const outcome = await this.adapters.table.transact([
        { kind: 'epoch', epoch, copy, tail },
        { kind: 'edges', request: randomUUID(), epoch, tail, copy, edges },
      ])
      done = outcome.done
    }
  }

  /** Everything that a reader of the store would find, edge by edge. */
  async contents(): Promise<StoredEdge[]> {
    const { segmentPlace, latePlace } = this.adapters
    const store = this.store()
    const { manifest, tail } = await store.head()
    const entries = [
      ...manifest.segments.flatMap((entry, n) =>
        entry ? [[segmentPlace(n, entry, 'parents'), segmentPlace(n, entry, 'rest')] as const] : [],
      ),
      ...manifest.late.map((entry) => [latePlace(entry, 'parents'), latePlace(entry, 'rest')] as const),
    ]
    const found = await store.parts(entries.flat())
    const pieces = entries.map(([parents, rest]) => decodeEdges(found.get(rest)!, decodeParents(found.get(parents)!)))
    const nodes = pieces.map((piece) => piece.nodes)
    const idOf = (number: number) => idIn(nodes, number) ?? `unknown ${number}`
    const sealed = pieces.flatMap(({ edges }) =>
      Array.from(edges.kind.keys(), (edge) => recordedEdge(edges, edge, idOf)),
    )
    return [...sealed, ...(await store.recorded(manifest.sealed, tail))]
  }

  /** Every node of a trace with its grade and rule, page by page. */
  async traced(request: TraceRequest, client?: Client) {
    const answer = await this.genealogy(client).trace(request)
    const nodes = []
    for (let page = answer.page(undefined, 7); ; page = answer.page(page.next, 7)) {
      nodes.push(...page.items)
      if (!page.next) break
    }
    return { answer, nodes, told: nodes.map(({ id, grade, rule }) => `${numberOf(id)} ${grade} ${rule}`) }
  }
}

/** What the engine says of edges that never were in a store. */
export function expected(edges: readonly StoredEdge[], { seeds, direction }: TraceRequest): string[] {
  const piece = pieceOf(edges)
  const inOrder = new EdgeBuilder().append(piece.edges, canonical(piece.edges)).columns()
  const from = seeds.map(({ node }) => ({ node: numberOf(node) }))
  const graded = grade(inOrder, from, { direction })
  return Array.from(
    graded.nodes,
    (node, place) => `${node} ${grades[graded.grades[place]!]} ${graded.explain(node)!.rule}`,
  )
}

/** Traces from here and there in a history, forward and backward. */
export const requestsFor = (edges: readonly StoredEdge[], count: number): TraceRequest[] =>
  Array.from({ length: count }, (_, n) => {
    const edge = edges[Math.floor(((n + 0.5) * edges.length) / count)]!
    return n % 2 === 0
      ? { seeds: [{ node: edge.from }], direction: 'forward' }
      : { seeds: [{ node: edge.to }], direction: 'backward' }
  })

/** A client that dies before its n-th call of these kinds, and stays dead. */
export function mortal(
  client: Client,
  isCounted: (name: string) => boolean,
  lives: number,
): Client & { calls: number } {
  const self = {
    calls: 0,
    send: async (command: any, ...rest: any[]) => {
      if (isCounted(command.constructor.name)) self.calls += 1
      if (self.calls > lives) throw new Error('killed')
      return (client.send as any)(command, ...rest)
    },
  }
  return self as Client & { calls: number }
}

export const isWrite = (name: string) => /^(Put|Update|TransactWrite)Command$/.test(name)
