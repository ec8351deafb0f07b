import fc from 'fast-check'
import { Equipment } from '#domain/equipment'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot, type LotState } from '#domain/lot'
import { Order } from '#domain/order'
import { Pack } from '#domain/pack'
import { Partner } from '#domain/partner'
import { Shipment } from '#domain/shipment'
import type { Loaded } from '#kit'
import { handler as confirmDelivery } from '../../lambdas/logistics/confirm-delivery.ts'
import { handler as returnGoods } from '../../lambdas/logistics/return-goods.ts'
import { handler as shipGoods } from '../../lambdas/logistics/ship-goods.ts'
import { handler as recordRepair } from '../../lambdas/master/record-repair.ts'
import { handler as receiveGoods } from '../../lambdas/procurement/receive-goods.ts'
import { handler as issueMaterial } from '../../lambdas/production/issue-material.ts'
import { handler as recordOutput } from '../../lambdas/production/record-output.ts'
import { handler as recordRework } from '../../lambdas/production/record-rework.ts'
import { handler as returnMaterial } from '../../lambdas/production/return-material.ts'
import { handler as destroyGoods } from '../../lambdas/quality/destroy-goods.ts'
import { handler as holdLot } from '../../lambdas/quality/hold-lot.ts'
import { handler as inspectLot } from '../../lambdas/quality/inspect-lot.ts'
import { handler as liftHold } from '../../lambdas/quality/lift-hold.ts'
import { handler as rejectLot } from '../../lambdas/quality/reject-lot.ts'
import { handler as releaseLot } from '../../lambdas/quality/release-lot.ts'
import { handler as countStock } from '../../lambdas/warehouse/count-stock.ts'
import { handler as mergeLots } from '../../lambdas/warehouse/merge-lots.ts'
import { handler as moveStock } from '../../lambdas/warehouse/move-stock.ts'
import { handler as openPack } from '../../lambdas/warehouse/open-pack.ts'
import { handler as packLots } from '../../lambdas/warehouse/pack-lots.ts'
import { handler as scrapStock } from '../../lambdas/warehouse/scrap-stock.ts'
import { handler as splitLot } from '../../lambdas/warehouse/split-lot.ts'
import type { Command } from '../../lib/kit/command.ts'
import type { Entity, FactType } from '../../lib/kit/entity.ts'
import { run } from '../../lib/kit/run.ts'
import { exact } from '../../lib/kit/settle.ts'
import type { Stored } from '../../lib/kit/table.ts'
import { exampleActor, MemoryTable, worldOf } from '../kit/memory.ts'

const acts = {
  receive: receiveGoods,
  inspect: inspectLot,
  release: releaseLot,
  hold: holdLot,
  lift: liftHold,
  reject: rejectLot,
  issue: issueMaterial,
  takeBack: returnMaterial,
  output: recordOutput,
  move: moveStock,
  count: countStock,
  split: splitLot,
  merge: mergeLots,
  scrap: scrapStock,
  ship: shipGoods,
  deliver: confirmDelivery,
  giveBack: returnGoods,
  repair: recordRepair,
  rework: recordRework,
  pack: packLots,
  open: openPack,
  shipPack: shipGoods,
  destroy: destroyGoods,
} as const satisfies Record<string, Command>

type Act = keyof typeof acts
export const allActs = Object.keys(acts) as Act[]

/** Every kind of fact that the plant can record, by name. */
export const factTypes = new Map<string, FactType>(
  Object.values(acts).flatMap(({ emits }) => [...emits].map((fact: FactType) => [fact.type, fact] as const)),
)

/** One thing that somebody tries: the numbers choose lots, places and how much of what is there. */
export interface Step {
  readonly act: Act
  readonly lot: number
  readonly other: number
  /** Tenths of what is at the place; more than ten is more than there is. */
  readonly tenths: number
}

// Seldom enough that most lots stay usable, so that goods reach customers and come back.
const seldom = new Set<Act>(['hold', 'reject', 'scrap', 'destroy'])

const step = fc.record({
  act: fc.oneof(...allActs.map((act) => ({ arbitrary: fc.constant(act), weight: seldom.has(act) ? 1 : 4 }))),
  lot: fc.nat(1000),
  other: fc.nat(1000),
  tenths: fc.integer({ min: 1, max: 11 }),
})

/** Six released lots to begin with; then anything may happen. */
const opening = (['receive', 'inspect', 'release'] as const).flatMap((act) =>
  [1, 2, 3, 4, 6, 7].map((n): Step => ({ act, lot: 100 + n, other: n, tenths: 5 })),
)
export const steps = fc.array(step, { minLength: 20, maxLength: 70 }).map((then) => [...opening, ...then])

const items = [Item.sample(1), Item.sample(2)]
const locations = [Location.sample(1), Location.sample(2), Location.sample(3)]
const orders = [Order.sample(1), Order.sample(2)]
const [supplierId, customerId] = [Partner.sample(1), Partner.sample(2)]
const reason = 'Because the test says so'

const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length]

/** A small plant in memory that only changes through commands; what it refuses must leave it as it was. */
export class Plant {
  readonly table = new MemoryTable()
  readonly accepted = new Set<Act>()
  private readonly world = worldOf(this.table, { table: this.table })
  private tried = 0

  constructor() {
    this.table.given(Item, { id: items[0]!, ...Item.like({ code: 'VALVE' }) })
    this.table.given(Item, { id: items[1]!, ...Item.like({ code: 'RESIN', unit: 'kg', kind: 'material' }) })
    for (const [index, id] of locations.entries())
      this.table.given(Location, {
        id,
        ...Location.like({ code: `A-${index}`, zone: index === 2 ? 'quarantine' : 'ambient' }),
      })
    for (const [index, id] of orders.entries())
      this.table.given(Order, {
        id,
        ...Order.like({ itemId: items[index]!, unit: index === 0 ? 'each' : 'kg', bomId: undefined, quantity: 1e6 }),
      })
    this.table.given(Partner, { id: supplierId, ...Partner.like({ roles: ['supplier'] }) })
    this.table.given(Partner, { id: customerId, ...Partner.like() })
    this.table.given(Equipment, { id: Equipment.sample(), ...Equipment.like() })
  }

  /** States of one kind of record. */
  all<S = Record<string, any>>(entity: Entity): Loaded<S>[] {
    const states = [...this.table.items].filter(([key]) => key.startsWith(`${entity.key}#`) && !key.includes('/'))
    return states.map(([, stored]: [string, Stored]) => ({ ...(stored.data as S), id: stored.id }))
  }

  /** Tries one step; false when it makes no sense now or the plant refuses it. */
  async take(step: Step): Promise<boolean> {
    this.tried += 1
    const when = await this.inputOf(step)
    if (!when) return false
    const spec: Command = acts[step.act]
    const before = new Map(this.table.items)
    const actor = exampleActor(spec.roles, { sub: `usr-${spec.roles[0]}` })
    const request = { command: step.act, id: `req-${this.tried}`, actor }
    const parsed = spec.input.safeParse(when)
    if (!parsed.success) return false
    const result = await run(spec, parsed.data, request, this.world)
    if (result.ok) this.accepted.add(step.act)
    else this.mustBeUnchanged(before)
    return result.ok
  }

  private mustBeUnchanged(before: ReadonlyMap<string, unknown>) {
    const { items } = this.table
    const changed = [...items].filter(([key, item]) => before.get(key) !== item)
    if (changed.length > 0 || items.size !== before.size)
      throw new Error(`A refused command wrote ${changed.map(([key]) => key).join(', ')}.`)
  }

  private async inputOf(step: Step): Promise<object | undefined> {
    const number = `T-${this.tried}`
    const itemIndex = step.other % 2
    if (step.act === 'receive') {
      const line = {
        itemId: items[itemIndex],
        number,
        supplierLot: `S/${step.lot}`,
        ...amount(itemIndex, step.lot + 1),
      }
      return { supplierId, locationId: pick(locations, step.other), lines: [line] }
    }
    if (step.act === 'output') {
      const scrapped = amount(itemIndex, step.tenths).quantity
      const made = { lotNumber: number, ...amount(itemIndex, step.lot + 1), scrapped }
      return { orderId: orders[itemIndex], locationId: pick(locations, step.lot), ...made }
    }
    if (step.act === 'deliver') {
      const shipment = pick(this.all(Shipment), step.lot)
      return shipment && { shipmentId: shipment.id, receivedBy: 'Ward pharmacy' }
    }
    if (step.act === 'open' || step.act === 'shipPack') {
      const pack = pick(this.all(Pack), step.lot)
      if (!pack) return undefined
      return step.act === 'open' ? { packId: pack.id } : { number, customerId, packIds: [pack.id] }
    }
    if (step.act === 'giveBack') return this.givenBack(step)
    const lot = this.lotFor(step)
    return lot && this.ofLot(lot, step, number)
  }

  /** Mostly a lot with which the step makes sense, now and then any. */
  private lotFor({ act, lot, other }: Step) {
    const all = this.all<LotState>(Lot)
    const sensible = all.filter((one) => wants[act]?.(one) ?? true)
    return pick(other % 5 === 0 || sensible.length === 0 ? all : sensible, lot)
  }

  private givenBack({ lot, other, tenths }: Step) {
    const shipment = pick(this.all(Shipment), lot)
    const line = shipment && pick<any>(shipment.lines, other)
    if (!shipment || !line) return undefined
    const lines = [{ lotId: line.lotId, quantity: share(line, tenths), unit: line.unit }]
    return { shipmentId: shipment.id, locationId: locations[2], reason, lines }
  }

  private async ofLot(lot: Loaded<LotState>, { act, other, tenths }: Step, number: string) {
    const lotId = lot.id
    const balances = await this.table.balances(lotId)
    const from = balances.filter(({ place }) =>
      place.startsWith(act === 'takeBack' || act === 'rework' ? 'ord_' : 'loc_'),
    )
    const { place, quantity: there } = pick(from, other) ?? { place: locations[0]!, quantity: 1 }
    const quantity = share({ quantity: there, unit: lot.unit }, tenths)
    const to = pick(locations, other + 1)
    const part = { lotId, locationId: place, quantity, unit: lot.unit }
    switch (act) {
      case 'inspect': {
        const sample = tenths === 1 ? { quantity, unit: lot.unit, locationId: place } : undefined
        return { lotId, results: [{ characteristic: 'Seal', found: 'tight', passed: tenths < 11 }], sample }
      }
      case 'release':
        return { lotId }
      case 'hold':
      case 'lift':
      case 'reject':
        return { lotId, reason }
      case 'issue':
        return { orderId: pick(orders, other), lines: [part] }
      case 'takeBack':
        return place.startsWith('ord_') ? { orderId: place, lines: [{ ...part, locationId: to }] } : undefined
      case 'rework':
        return place.startsWith('ord_') ? { ...part, orderId: place, locationId: to } : undefined
      case 'pack':
        return { number, locationId: place, lines: [{ lotId, quantity, unit: lot.unit }] }
      case 'destroy':
        return { ...part, reason, method: 'Shredded', witness: 'M. Okafor' }
      case 'move':
        return { lotId, from: place, to, quantity, unit: lot.unit }
      case 'count':
        return { lotId, locationId: place, counted: tenths === 1 ? 0 : quantity, unit: lot.unit }
      case 'split':
        return { ...part, number }
      case 'scrap':
        return { ...part, reason }
      case 'merge':
        return this.merged(part, lot, other, number)
      case 'ship':
        return { number, customerId, lines: [part] }
      default:
        return {
          ...{ equipmentId: Equipment.sample(), repairedAt: '2026-01-31T10:00:00.000Z' },
          description: reason,
          parts: [part],
        }
    }
  }

  private async merged(part: { readonly lotId: string }, lot: LotState, other: number, number: string) {
    const mates = this.all<LotState>(Lot).filter(({ id, itemId }) => id !== part.lotId && itemId === lot.itemId)
    const mate = pick(mates, other)
    const kept = mate && (await this.table.balances(mate.id)).find(({ place }) => place.startsWith('loc_'))
    if (!kept) return undefined
    const second = { lotId: kept.lotId, locationId: kept.place, quantity: kept.quantity, unit: lot.unit }
    return { number, locationId: locations[0], parts: [part, second] }
  }
}

const released = ({ status }: LotState) => status === 'released'
const wants: Partial<Record<Act, (lot: LotState) => boolean>> = {
  ...{ issue: released, merge: released, ship: released, repair: released },
  release: ({ status, inspections }) => status === 'quarantine' && inspections.at(-1)?.passed === true,
  inspect: ({ status, inspections }) => status === 'quarantine' && inspections.length === 0,
  lift: ({ status }) => status === 'held',
}

/** Pieces are whole; kilograms use all six decimals, where sums of floating point numbers go wrong first. */
const amount = (itemIndex: number, n: number) =>
  itemIndex === 0 ? { quantity: n, unit: 'each' } : { quantity: exact(n * 0.100003), unit: 'kg' }

const share = ({ quantity, unit }: { readonly quantity: number; readonly unit: string }, tenths: number) => {
  const part = (quantity * tenths) / 10
  return unit === 'each' ? Math.ceil(part) : Math.max(exact(part), 0.000001)
}
