import type { TraceRequest } from '#kit'
import { reachIn, traceIn } from '../../lib/genealogy/answer.ts'
import { viewOf } from '../../lib/genealogy/view.ts'
import type { Command, Query } from '../../lib/kit/command.ts'
import { isRefusal } from '../../lib/kit/errors.ts'
import type { LedgerFact } from '../../lib/kit/ledger.ts'
import { load } from '../../lib/kit/load.ts'
import { run } from '../../lib/kit/run.ts'
import type { Write } from '../../lib/kit/table.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'

/** A desk at which one person does and asks things, with the table in memory. */
export class Desk {
  readonly table = new MemoryTable()
  /** Items of each transaction. */
  readonly sizes: number[] = []
  readonly ports = {
    table: this.table,
    genealogy: {
      trace: (request: TraceRequest) => traceIn(viewOf(this.table.edges), request),
      reach: async (request: TraceRequest) => reachIn(viewOf(this.table.edges), request),
    },
  }
  private readonly world = worldOf(this.table, this.ports)

  constructor() {
    const transact = this.table.transact.bind(this.table)
    this.table.transact = (writes: readonly Write[]) => {
      this.sizes.push(writes.length)
      return transact(writes)
    }
  }

  /** Runs a command; the facts, or the code of the refusal. */
  async try(spec: Command, when: object, by: { sub?: string; key?: string } = {}): Promise<LedgerFact[] | string> {
    const actor = exampleActor(spec.roles, { sub: by.sub ?? 'usr-one' })
    const request = { command: 'test', id: `req-${this.sizes.length}`, actor, key: by.key }
    const result = await run(spec, spec.input.parse(when), request, this.world)
    return result.ok ? [...result.ledger] : result.refusal.refusal
  }

  /** Runs a command that must be accepted; the id of the first thing it is about. */
  async do(spec: Command, when: object, by: { sub?: string; key?: string } = {}): Promise<string> {
    const facts = await this.try(spec, when, by)
    if (typeof facts === 'string') throw new Error(`${facts}: ${JSON.stringify(when)}`)
    return facts[0]!.entityId
  }

  /** Asks a question as the API would, with everything parsed that goes in and out. */
  async ask(spec: Query, when: object, sites: readonly string[] = ['*']): Promise<any> {
    const input = spec.input.parse(when)
    const actor = exampleActor(spec.roles, { sites })
    const { states, refusal } = await load(this.table, spec.reads, input, actor)
    if (refusal) return refusal.refusal
    const found = await spec.run(states, input, this.world.ports, {
      ...this.world,
      now: this.world.now(),
      actor,
    } as any)
    return isRefusal(found) ? found.refusal : spec.output.parse(found)
  }

  state(entity: { readonly key: string }, id: string) {
    return this.table.items.get(`${entity.key}#${id}`).data
  }

  async places(lotId: string) {
    return Object.fromEntries((await this.table.balances(lotId)).map(({ place, quantity }) => [place, quantity]))
  }
}
