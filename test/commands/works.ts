import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { Partner } from '#domain/partner'
import { Site } from '#domain/site'
import type { StoredEdge } from '#kit'
import { handler as listTraced } from '../../lambdas/genealogy/list-traced.ts'
import { handler as traceNode } from '../../lambdas/genealogy/trace-node.ts'
import { handler as confirmDelivery } from '../../lambdas/logistics/confirm-delivery.ts'
import { handler as returnGoods } from '../../lambdas/logistics/return-goods.ts'
import { handler as shipGoods } from '../../lambdas/logistics/ship-goods.ts'
import { handler as receiveGoods } from '../../lambdas/procurement/receive-goods.ts'
import { handler as issueMaterial } from '../../lambdas/production/issue-material.ts'
import { handler as planOrder } from '../../lambdas/production/plan-order.ts'
import { handler as recordOutput } from '../../lambdas/production/record-output.ts'
import { handler as startOrder } from '../../lambdas/production/start-order.ts'
import { handler as inspectLots } from '../../lambdas/quality/inspect-lots.ts'
import { handler as releaseLots } from '../../lambdas/quality/release-lots.ts'
import { Desk } from './desk.ts'

const unit = 'each'

/** A small works that does everything through commands: buys, makes, ships, and asks where it all went. */
export class Works {
  readonly desk = new Desk()
  readonly shelf = Location.sample(1)
  readonly supplierId = Partner.sample(1)
  private readonly customers = new Map<string, string>()
  private count = 0

  constructor() {
    const { table } = this.desk
    table.given(Site, { id: Site.sample(), ...Site.like() })
    table.given(Location, { id: this.shelf, ...Location.like() })
    table.given(Partner, { id: this.supplierId, ...Partner.like({ code: 'S-1', roles: ['supplier'] }) })
  }

  /** An item that is tracked by lot, or by serial. */
  item(tracking: 'lot' | 'serial' = 'lot'): string {
    const id = Item.sample(++this.count)
    this.desk.table.given(Item, { id, ...Item.like({ code: `ITEM-${this.count}`, tracking }) })
    return id
  }

  customer(code: string): string {
    const id = this.customers.get(code) ?? Partner.sample(100 + this.customers.size)
    this.customers.set(code, id)
    this.desk.table.given(Partner, { id, ...Partner.like({ code }) })
    return id
  }

  /** A received lot, inspected and released. */
  async bought(itemId: string, quantity = 1000): Promise<string> {
    const number = `L-${++this.count}`
    const lines = [{ itemId, number, supplierLot: `S ${number}`, quantity, unit }]
    const lotId = await this.desk.do(receiveGoods, {
      supplierId: this.supplierId,
      locationId: this.shelf,
      lines,
    })
    await this.released([lotId])
    return lotId
  }

  async released(lotIds: readonly string[]): Promise<void> {
    const results = [{ characteristic: 'Seal', found: 'tight', passed: true }]
    await this.desk.do(inspectLots, { lotIds, results })
    await this.desk.do(releaseLots, { lotIds }, { sub: 'usr-two' })
  }

  /** A started order that took these quantities of lots. */
  async order(itemId: string, materials: Readonly<Record<string, number>> = {}, quantity = 100): Promise<string> {
    const number = `O-${++this.count}`
    const plan = { number, siteId: Site.sample(), itemId, quantity, unit, due: '2099-12-31' }
    const orderId = await this.desk.do(planOrder, plan)
    await this.desk.do(startOrder, { orderId })
    await this.issued(orderId, materials)
    return orderId
  }

  async issued(orderId: string, materials: Readonly<Record<string, number>>, happenedAt?: string): Promise<void> {
    const lines = Object.entries(materials).map(([lotId, quantity]) => ({
      lotId,
      locationId: this.shelf,
      quantity,
      unit,
    }))
    if (lines.length > 0) await this.desk.do(issueMaterial, { orderId, lines, happenedAt })
  }

  /** Lots or units that came out of an order, in the order of the output, released. */
  async made(orderId: string, quantity: number, more: object = {}): Promise<string[]> {
    const output = { orderId, locationId: this.shelf, lotNumber: `P-${++this.count}`, quantity, unit, ...more }
    const facts = await this.desk.try(recordOutput, output)
    if (typeof facts === 'string') throw new Error(`${facts}: ${JSON.stringify(output)}`)
    const lotIds = facts.filter(({ type }) => type === 'LotProduced').map(({ entityId }) => entityId)
    await this.released(lotIds)
    return lotIds
  }

  async shipped(customer: string, lots: Readonly<Record<string, number>>, more: object = {}): Promise<string> {
    const lines = Object.entries(lots).map(([lotId, quantity]) => ({ lotId, locationId: this.shelf, quantity, unit }))
    const shipment = { number: `SH-${++this.count}`, customerId: this.customer(customer), lines, ...more }
    return this.desk.do(shipGoods, shipment)
  }

  async delivered(shipmentId: string): Promise<void> {
    await this.desk.do(confirmDelivery, { shipmentId, receivedBy: 'Pharmacy' })
  }

  async returned(shipmentId: string, lotId: string, quantity = 1): Promise<void> {
    const lines = [{ lotId, quantity, unit }]
    await this.desk.do(returnGoods, { shipmentId, locationId: this.shelf, reason: 'Alarm does not sound', lines })
  }

  /** Every node of the trace of one thing, by id, from all its pages. */
  async trace(nodeId: string, direction: 'forward' | 'backward' = 'forward'): Promise<Map<string, any>> {
    const nodes = new Map<string, any>()
    let cursor: string | undefined
    do {
      const page: any = await this.desk.ask(traceNode, { nodeId, direction, cursor })
      if (typeof page === 'string') throw new Error(page)
      for (const node of page.nodes) nodes.set(node.id, node)
      cursor = page.next
    } while (cursor !== undefined)
    return nodes
  }

  /** Every node of the trace of several things, by id, from all its pages; and how many pages. */
  async list(request: object): Promise<{ nodes: Map<string, any>; pages: number }> {
    const nodes = new Map<string, any>()
    let [pages, cursor]: [number, string | undefined] = [0, undefined]
    do {
      const page: any = await this.desk.ask(listTraced, { ...request, cursor })
      for (const node of page.nodes) nodes.set(node.id, node)
      cursor = page.next
      pages += 1
    } while (cursor !== undefined)
    return { nodes, pages }
  }

  /** Edges as if commands had drawn them, where those would be too many. */
  drew(kind: StoredEdge['kind'], pairs: readonly (readonly [from: string, to: string])[], more: object = {}): void {
    const at = '2026-03-02T08:00:00.000Z'
    for (const [from, to] of pairs)
      this.desk.table.edges.push({ kind, from, to, at, recordedAt: at, fact: { entityId: from, version: 1 }, ...more })
  }
}

/** Ids of what a trace has of one kind, without what is excluded. */
export const idsOf = (nodes: ReadonlyMap<string, any>, prefix: string): string[] =>
  [...nodes.values()].filter(({ id, grade }) => id.startsWith(prefix) && grade !== 'excluded').map(({ id }) => id)

/** A lot number that no command makes. */
export const lotAt = (n: number) => Lot.sample(100_000 + n)
