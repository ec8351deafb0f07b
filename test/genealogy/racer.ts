import { parentPort, workerData } from 'node:worker_threads'
import { nodeId } from '#kit/node'
import { nodeNumbers } from '#kit/numbers'
import { handler as issueMaterial } from '../../lambdas/production/issue-material.ts'
import { handler as recordOutput } from '../../lambdas/production/record-output.ts'
import { handler as moveStock } from '../../lambdas/warehouse/move-stock.ts'
import type { Command } from '../../lib/kit/command.ts'
import { run, type World } from '../../lib/kit/run.ts'
import { exampleActor } from '../kit/memory.ts'
import { table } from './adapters.ts'

/** What a thread of writers works with. */
export interface Racing {
  /** One writer for each; nobody else works on that order. */
  readonly orders: readonly string[]
  readonly lots: readonly string[]
  readonly locations: readonly [string, string]
}

/** A command of a writer that was answered. */
export interface Answered {
  /** When the writer sent it, in milliseconds of the machine's clock. */
  readonly sent: number
  readonly uses?: string
  readonly edges: readonly (readonly [string, string])[]
  /** Code of the refusal; absent where it was accepted. */
  readonly refusal?: string
}

const { orders, lots, locations } = workerData as Racing
const numbers = nodeNumbers((count) => table.lease(count), Date.now)
const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!
let stopping = false
let count = 0

const world: World = {
  table,
  ports: {},
  now: () => new Date().toISOString(),
  newId: ({ prefix }) => nodeId(prefix, Date.now(), numbers.next()),
  ready: () => numbers.ready(),
  random: Math.random,
  wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
}

async function send(spec: Command, when: object, uses: string | undefined, edgesOf: (id: string) => Answered['edges']) {
  count += 1
  const request = { command: 'test/race', id: `${orders[0]}-${count}`, actor: exampleActor(spec.roles) }
  const sent = Date.now()
  const result = await run(spec, spec.input.parse(when), request, world)
  const answered: Answered = {
    sent,
    ...(uses ? { uses } : {}),
    edges: result.ok ? edgesOf(result.ledger.find(({ type }) => type === 'LotProduced')?.entityId ?? '') : [],
    ...(result.ok ? {} : { refusal: result.refusal.refusal }),
  }
  parentPort!.postMessage(answered)
}

async function write(orderId: string) {
  const [here, there] = locations
  const mine = [...lots]
  for (let n = 0; !stopping; n += 1) {
    const lotId = pick(mine)
    const chance = Math.random()
    if (chance < 0.5) {
      const lines = [{ lotId, locationId: here, quantity: 1, unit: 'each' }]
      await send(issueMaterial, { orderId, lines }, lotId, () => [[lotId, orderId]])
    } else if (chance < 0.8) {
      const number = `R${orderId.slice(-4)}-${n}`
      const output = { orderId, locationId: here, lotNumber: number, quantity: 1, unit: 'each' }
      await send(recordOutput, output, undefined, (made) => [[orderId, made]])
    } else await send(moveStock, { lotId, from: here, to: there, quantity: 1, unit: 'each' }, lotId, () => [])
  }
}

parentPort!.on('message', () => {
  stopping = true
})
await Promise.all(orders.map(write))
parentPort!.close()
