import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { encodeDelta } from '../../lib/genealogy/delta.ts'
import { keys, shardOf, tailShards } from '../../lib/kit/keys.ts'
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
interface Done extends Traced {
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
 * The edge log of a past as commands wrote it, in one epoch after another, the last `tail` edges in the last of them.
 * Epochs to come lie ready: nobody looks at them before the seal that begins them.
 */
function* logOf(graph: Graph, tail: number): Generator<{ epoch: number; item: object }> {
  let [epoch, commands, edges] = [0, 0, 0]
  let unsealed = false
  for (const delta of deltasOf(graph)) {
    const ends: boolean = !unsealed && edges >= graph.length - tail
    if (ends || (commands === due && !unsealed)) [epoch, commands] = [epoch + 1, 0]
    unsealed ||= ends
    commands += 1
    edges += delta.edges.length
    const pk = keys.tail(epoch, shardOf(delta.request, tailShards))
    const bytes = Buffer.from(encodeDelta(delta.edges)).toString('base64')
    yield { epoch, item: { pk: { S: pk }, sk: { S: delta.request }, delta: { B: bytes } } }
  }
}

/** Loads a past into a table of the product, and has the product seal it. */
export async function segments(graph: Graph, tail: number, folder: string, port: number): Promise<Segments> {
  let epochs = 0
  const items = function* () {
    for (const { epoch, item } of logOf(graph, tail)) {
      epochs = epoch
      yield item
    }
  }
  const database = importTables(join(folder, `segments-${graph.length}`), [
    { name: tableName, sortKey: true, items: items() },
  ])
  const server = await startEngine(database, port)
  const environment = { ...environmentOf(port), TABLE_NAME: tableName }
  const sealing = await seal(new Instance(environment), tail > 0 ? epochs : epochs + 1)
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
