import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countIn } from '../../lib/adapters/items.ts'
import { encodeDelta } from '../../lib/genealogy/delta.ts'
import { keys, tailShards } from '../../lib/kit/keys.ts'
import { tailCopies } from '../../lib/kit/settle.ts'
import { type Engine as Server, startEngine } from '../../lib/local/dynamodb-engine.ts'
import { deltasOf, idOf } from './deltas.ts'
import type { Engine, Traced } from './engine.ts'
import type { Work } from './function.ts'
import type { Graph } from './history.ts'
import { environmentOf, importTables } from './table.ts'

/** Commands after which the product's sealer is due. */
const due = 8192
export const tableName = 'lotline'

/** What a piece of work in a function took. */
export interface Done extends Traced {
  readonly writeUnits: number
  /** The most memory that the process ever had. */
  readonly peakMb: number
}

/** What sealing a past took. */
export interface Sealing {
  readonly seals: number
  readonly writeUnits: number
  readonly ms: number
}

/** The product itself: its store on the DynamoDB engine, over HTTP with the AWS SDK. */
export interface Segments extends Engine {
  readonly sealing: Sealing
  readonly server: Server
  /** Environment of a process that shall use the same table. */
  readonly environment: NodeJS.ProcessEnv
  /** Does something else in the function. */
  perform(work: Work): Promise<Done>
  /** The most memory that a process had which did nothing but one trace. */
  peakMb(): number
}

/** Whether an engine is the product's. */
export const isSegments = (engine: Engine): engine is Segments => engine.name === 'segments'

/** A function of the product, warm until it is ended. */
class Instance {
  private readonly child: ChildProcess
  private readonly ready: Promise<unknown>

  constructor(environment: NodeJS.ProcessEnv) {
    const program = fileURLToPath(new URL('function.ts', import.meta.url))
    this.child = fork(program, { serialization: 'advanced', env: { ...process.env, ...environment } })
    this.ready = this.answer()
  }

  async do(work: Work): Promise<Done> {
    await this.ready
    const answer = this.answer()
    this.child.send(work)
    return (await answer) as Done
  }

  async end(): Promise<void> {
    await this.ready
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill()
    await ended
  }

  private answer(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (code: number | null) => reject(new Error(`the function ended with ${code}; its error is above`))
      this.child.once('exit', fail)
      this.child.once('message', (message) => {
        this.child.off('exit', fail)
        resolve(message)
      })
    })
  }
}

/**
 * The edge log of a past as commands wrote it, in one tail after another, the last `tail` edges in the last of them.
 * Tails to come lie ready, and so do their counts: nobody looks at them before the seal that begins them.
 */
function* logOf(graph: Graph, unsealed: number): Generator<{ tail: number; item: object }> {
  let [tail, commands, edges, all] = [0, 0, 0, 0]
  let isLast = false
  const counts = Array.from({ length: tailCopies }, (): number[] => [])
  for (const delta of deltasOf(graph)) {
    const ends: boolean = !isLast && edges >= graph.length - unsealed
    if (ends || (commands === due && !isLast)) [tail, commands] = [tail + 1, 0]
    isLast ||= ends
    commands += 1
    edges += delta.edges.length
    const copy = all++ % tailCopies
    counts[copy]![tail] = (counts[copy]![tail] ?? 0) + 1
    const bytes = Buffer.from(encodeDelta(delta.edges)).toString('base64')
    const key = { pk: { S: keys.tail(tail, copy % tailShards) }, sk: { S: delta.request } }
    yield { tail, item: { ...key, delta: { B: bytes }, epoch: { N: '0' } } }
  }
  for (const [copy, some] of counts.entries()) {
    const counted = Object.fromEntries(some.map((count, n) => [countIn(n), { N: String(count) }]))
    yield { tail, item: { pk: { S: keys.epoch(copy) }, sk: { S: keys.state }, ...counted } }
  }
}

/** Loads a past into a table of the product, and has the product seal it. */
export async function segments(graph: Graph, tail: number, folder: string, port: number): Promise<Segments> {
  let tails = 0
  const items = function* () {
    for (const { tail: last, item } of logOf(graph, tail)) {
      tails = last
      yield item
    }
  }
  const database = importTables(join(folder, `segments-${graph.length}`), [
    { name: tableName, sortKey: true, items: items() },
  ])
  const server = await startEngine(database, port)
  const environment = { ...environmentOf(port), TABLE_NAME: tableName }
  const sealing = await seal(new Instance(environment), tail > 0 ? tails : tails + 1)
  let instance = new Instance(environment)
  let peakMb = 0
  let isFresh = true
  return {
    name: 'segments',
    says: `lotline's store, ${sealing.seals} seals, ${tail} edges not sealed`,
    sealing,
    server,
    environment,
    perform: (work) => instance.do(work),
    peakMb: () => peakMb,
    async trace(seed, direction) {
      const done = await instance.do({ do: 'reach', node: idOf(graph, seed), direction })
      if (isFresh) peakMb = Math.max(peakMb, done.peakMb)
      isFresh = false
      return done
    },
    traceAnew: (seed, direction) => instance.do({ do: 'reach anew', node: idOf(graph, seed), direction }),
    async forget() {
      isFresh = true
      await instance.end()
      instance = new Instance(environment)
    },
    async stop() {
      await instance.end()
      await server.stop()
    },
  }
}

async function seal(instance: Instance, seals: number): Promise<Sealing> {
  const begin = performance.now()
  let writeUnits = 0
  for (let n = 0; n < seals; n += 1) writeUnits += (await instance.do({ do: 'seal' })).writeUnits
  await instance.end()
  return { seals, writeUnits, ms: Math.round(performance.now() - begin) }
}
