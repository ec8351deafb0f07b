import { handler as assessLots } from '../../lambdas/iot/assess-lots.ts'
import { handler as checkStay } from '../../lambdas/iot/check-stay.ts'
import { handler as checkWatch } from '../../lambdas/iot/check-watch.ts'
import { handler as findExceeded } from '../../lambdas/iot/find-exceeded.ts'
import { handler as ingest } from '../../lambdas/iot/ingest-telemetry.ts'
import { handler as judgeLate } from '../../lambdas/iot/judge-late-readings.ts'
import { handler as noteLate } from '../../lambdas/iot/note-late-readings.ts'
import { handler as noteWatch } from '../../lambdas/iot/note-watch.ts'
import { handler as showLate } from '../../lambdas/iot/show-late-readings.ts'
import { handler as splitCheck } from '../../lambdas/iot/split-check.ts'
import { handler as splitLate } from '../../lambdas/iot/split-late-readings.ts'
import { handler as spreadExposure } from '../../lambdas/iot/spread-exposure.ts'
import { handler as spreadLate } from '../../lambdas/iot/spread-late-readings.ts'
import { handler as noteStay } from '../../lambdas/warehouse/note-stay.ts'
import { handler as thermalHistory } from '../../lambdas/warehouse/show-thermal-history.ts'
import { Device, DeviceLocated } from '../../lib/domain/device.ts'
import { DeviceStatus } from '../../lib/domain/device-status.ts'
import { Item } from '../../lib/domain/item.ts'
import { Location } from '../../lib/domain/location.ts'
import { Lot } from '../../lib/domain/lot.ts'
import { Partner } from '../../lib/domain/partner.ts'
import { Site } from '../../lib/domain/site.ts'
import { arrivalOf } from '../../lib/domain/telemetry.ts'
import { ThermalRecord } from '../../lib/domain/thermal-record.ts'
import { Watch } from '../../lib/domain/watch.ts'
import type { Deciding, Query, Reaction } from '../../lib/kit/command.ts'
import type { FactType } from '../../lib/kit/entity.ts'
import type { LedgerFact } from '../../lib/kit/ledger.ts'
import { load } from '../../lib/kit/load.ts'
import type { Ports, Sample } from '../../lib/kit/ports.ts'
import { run } from '../../lib/kit/run.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'

const reactions: readonly Reaction[] = [
  noteStay,
  noteWatch,
  splitCheck,
  spreadExposure,
  checkStay,
  checkWatch,
  assessLots,
  judgeLate,
  spreadLate,
  noteLate,
  splitLate,
] as Reaction[]

const factsOf = ({ on }: Reaction): readonly FactType[] =>
  typeof on === 'object' && 'gathered' in on ? on.gathered : (on as readonly FactType[])

/** Minute of the day of these tests. */
export const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 0, minute)).toISOString()

/** A series as a store would keep it, of what was written first. */
class SeriesInMemory {
  /** Until when a store does not show what came late; see the magnetic store of Timestream. */
  shows: (at: string) => boolean = () => true

  private readonly samples = new Map<string, Map<string, Sample['measures']>>()

  async write(samples: readonly Sample[]) {
    for (const { deviceId, at: time, measures } of samples) {
      const mine = this.samples.get(deviceId) ?? new Map<string, Sample['measures']>()
      this.samples.set(deviceId, mine.set(time, { ...measures, ...mine.get(time) }))
    }
  }

  async read(deviceId: string, from: string, to: string) {
    const all = [...(this.samples.get(deviceId) ?? [])].filter(
      ([time]) => from <= time && time < to && this.shows(time),
    )
    all.sort(([a], [b]) => (a < b ? -1 : 1))
    return { samples: all.map(([time, measures]) => ({ deviceId, at: time, measures })) }
  }

  async summarize(deviceId: string, metric: string, from: string, to: string, seconds: number) {
    const all = (await this.read(deviceId, from, to)).samples
    const samples = all.filter(({ measures }) => typeof measures[metric] === 'number')
    const width = seconds * 1000
    const groups = Map.groupBy(samples, (one) => Math.floor(Date.parse(one.at) / width) * width)
    return [...groups].map(([begin, some]) => {
      const values = some.map(({ measures }) => measures[metric] as number)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return {
        ...{ at: new Date(begin).toISOString(), count: values.length, mean },
        ...{ min: Math.min(...values), max: Math.max(...values), last: values.at(-1)! },
      }
    })
  }
}

/** Two cold rooms with a sensor each, a supplier, and the reactions, with a bus that may duplicate and reorder. */
export class ColdChain {
  readonly table = new MemoryTable()
  readonly rooms = [Location.sample(1), Location.sample(2)] as const
  readonly sensors = [Device.sample(1), Device.sample(2)] as const
  readonly itemId = Item.sample(1)
  now = at(0)
  readonly bus: LedgerFact[] = []
  readonly series = new SeriesInMemory()
  private readonly ports: Partial<Ports> = {
    table: this.table,
    series: this.series as any,
    lake: { put: async () => undefined } as any,
  }
  private readonly world = { ...worldOf(this.table, this.ports), now: () => this.now }
  private sequence = 0

  constructor(budget: object = { minutesAbove: 60 }) {
    const { table } = this
    table.given(Site, { id: Site.sample(), ...Site.like() })
    table.given(Partner, { id: Partner.sample(), ...Partner.like({ roles: ['supplier', 'customer'] }) })
    const storage = { minC: 2, maxC: 8 }
    table.given(Item, { id: this.itemId, ...Item.like({ storage, thermalBudget: budget }) })
    for (const [index, id] of this.rooms.entries()) {
      table.given(Location, { id, ...Location.like({ code: `COLD-${index}`, zone: 'cold', storage }) })
      this.device(this.sensors[index]!, id, storage)
    }
  }

  device(id: string, locationId: string | undefined, limits: object | undefined) {
    this.table.given(Device, { id, ...Device.like({ name: id, locationId }) })
    const places = [{ since: at(-600), locationId, limits }]
    this.table.given(DeviceStatus, { id, ...DeviceStatus.like({ places }) })
    if (locationId) this.table.given(Watch, { id: `wat_${id.slice(4)}`, deviceId: id, place: locationId })
  }

  get context() {
    return { now: this.now, newId: (of: { readonly prefix: string }) => this.world.newId({ ...of, node: false }) }
  }

  /** Runs a command, or what a queue or the clock brings; its facts go to the bus. */
  async do(spec: Deciding, input: object, { key, sub = 'usr-one' }: { key?: string; sub?: string } = {}) {
    const actor = exampleActor('roles' in spec ? (spec.roles as string[]) : [], { sub })
    const request = { command: 'test', id: `req-${this.bus.length}-${this.now}-${++this.sequence}`, actor, key }
    const result = await run(spec, spec.input.parse(input), request, this.world)
    if (!result.ok) throw new Error(`${result.refusal.refusal} ${JSON.stringify(result.refusal.details)}`)
    this.bus.push(...result.ledger)
    return [...result.ledger]
  }

  async ask(spec: Query, when: object): Promise<any> {
    const input = spec.input.parse(when)
    const actor = exampleActor(spec.roles)
    const { states, refusal } = await load(this.table, spec.reads, input, actor)
    if (refusal) throw new Error(refusal.refusal)
    return spec.output.parse(await spec.run(states, input, this.ports, { ...this.world, now: this.now, actor }))
  }

  message(sensor: number, points: readonly (readonly [minute: number, temperatureC: number])[]) {
    const readings = points.map(([minute, temperatureC]) => ({ at: at(minute), temperatureC }))
    const received = Math.max(Date.parse(this.now), Date.parse(readings.at(-1)!.at))
    return arrivalOf(this.sensors[sensor]!, received, { bootId: 'b1', sequence: ++this.sequence, readings })
  }

  receive(arrival: ReturnType<ColdChain['message']>) {
    return this.do(ingest, { deviceId: arrival.deviceId, messages: [arrival] })
  }

  /** The clock that says which late readings every store shows by now. */
  showLate() {
    return this.do(showLate, {})
  }

  look() {
    return this.do(findExceeded, {})
  }

  /** Lets nobody know yet that a sensor watches its room; the fact that tells it. */
  unwatched(sensor: number): LedgerFact {
    const deviceId = this.sensors[sensor]!
    this.table.items.delete(`${Watch.key}#wat_${deviceId.slice(4)}`)
    const data = { deviceId, locationId: this.rooms[sensor] }
    return { type: DeviceLocated.type, data, hash: `located-${deviceId}` } as unknown as LedgerFact
  }

  /** Delivers everything on the bus and what comes of it; with chance in another order, and some of it twice. */
  async settle(chance: () => number = () => 0) {
    while (this.bus.length > 0) await this.deliver(chance)
  }

  /** Delivers one fact. */
  async deliver(chance: () => number) {
    const [fact] = this.bus.splice(Math.floor(chance() * this.bus.length), 1)
    if (chance() > 0.9) this.bus.push(fact!)
    for (const spec of reactions)
      if (factsOf(spec).some(({ type }) => type === fact!.type)) await this.give(spec, fact!)
  }

  private give(spec: Reaction, fact: LedgerFact) {
    if ('gathered' in (spec.on as object)) return this.do(spec, { facts: [fact] })
    return this.do(spec, fact.data as object, { key: `${reactions.indexOf(spec)}#${fact.hash}` })
  }

  record(lotId: string) {
    return this.state(ThermalRecord, lotId)
  }

  lot(lotId: string) {
    return this.state(Lot, lotId)
  }

  history(lotId: string) {
    return this.ask(thermalHistory as Query, { lotId })
  }

  private state(entity: { readonly key: string }, id: string) {
    return this.table.items.get(`${entity.key}#${id}`)?.data
  }
}
