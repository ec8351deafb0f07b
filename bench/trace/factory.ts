import { type Graph, History } from './history.ts'
import { Random } from './random.ts'

/** What past to make up. */
export interface Plan {
  readonly edges: number
  /**
   * Part of the consumptions that are booked long after they happened; half of these draw from a lot that was
   * registered only after its order, so that the parent has the greater number.
   */
  readonly late: number
  readonly seed: number
}

/** A past, and the numbers of the nodes to trace in it. */
export interface Past {
  readonly graph: Graph
  /** The lot that goes into nearly everything. */
  readonly hub: number
  /** Lots that went into something. */
  readonly used: readonly number[]
  /** Units that were shipped, oldest first. */
  readonly shipped: readonly number[]
}

/** A lot that can be drawn from once it is ready. */
interface Stock {
  readonly node: number
  readonly item: number
  readonly ready: number
}

/** A line of a bill of materials. */
interface Line {
  readonly item: number
  readonly quantity: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const begin = Date.UTC(2024, 0, 1)
/** The past lasts two years. */
const span = 730 * day
const layers = 5
/** Orders and receipts for each edge, so that a million edges make half a million nodes. */
const orderRate = 0.062
const receiptRate = 0.02
/** Part of the first layer's orders that draw from the hub. */
const hubShare = 0.9
/** Late bookings come after so long at most. */
const delay = 0.1 * span

/**
 * Makes up the past of a factory of five layers: received lots become parts, parts become assemblies, the last layer
 * makes serial units that are packed, shipped and installed. Orders draw from several lots, so that histories merge.
 * One lot, the hub (a master batch), goes into most orders of the first layer. The same plan makes the same past.
 */
export const makeUp = (plan: Plan): Past => new Factory(plan).run()

class Factory {
  private readonly plan: Plan
  private readonly random: Random
  private readonly history: History
  private readonly equipment: readonly number[]
  /** Items that are bought have the numbers from 1 on, then come the products of the first layer, and so on. */
  private readonly bought: number
  /** Products of each layer. */
  private readonly products: number
  /** Bills of materials, by item. */
  private readonly bills: readonly (readonly Line[])[]
  /** Lots by item, oldest first. */
  private readonly lots: readonly Stock[][]
  private readonly hub: Stock
  private readonly units: Stock[] = []
  private receipts = 0
  private readonly used = new Set<number>()
  private readonly shipped: number[] = []
  /** Units up to here have left. */
  private left = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.random = new Random(plan.seed)
    this.history = new History(plan.edges)
    this.equipment = Array.from({ length: 12 * layers }, () => this.history.node('eqp', begin))
    this.bought = Math.min(120, Math.max(6, Math.floor(plan.edges / 3000)))
    this.products = Math.min(16, Math.max(2, Math.floor(plan.edges / 10_000)))
    const items = this.bought + layers * this.products + 1
    this.lots = Array.from({ length: items + 1 }, () => [])
    this.bills = Array.from({ length: items }, (_, item) => this.bill(item))
    // An item of its own, so that nothing but the hub's orders draws from it.
    this.hub = this.receive(begin, items)
  }

  run(): Past {
    const { plan, random, history } = this
    const step = Math.max(minute, Math.floor(span / (plan.edges * orderRate) / minute) * minute)
    for (let n = 0; history.edges < history.room; n += 1) {
      const now = begin + day + step * n
      for (; this.receipts < n * (receiptRate / orderRate) + 2 * this.bought; this.receipts += 1)
        this.receive(now, 1 + (this.receipts % this.bought))
      this.make(now, n % layers)
      while (this.deliver(now));
    }
    const graph = history.graph(random)
    const numbers = (nodes: Iterable<number>) => Array.from(nodes, (node) => graph.numbers[node]!)
    return { graph, hub: graph.numbers[this.hub.node]!, used: numbers(this.used), shipped: numbers(this.shipped) }
  }

  /** What goes into an item: bought ones, and in all but the first layer products of the layer before. */
  private bill(item: number): Line[] {
    const { random, bought, products } = this
    const layer = Math.floor((item - bought - 1) / products)
    if (layer < 0 || layer >= layers) return []
    const below = bought + 1 + (layer - 1) * products
    const lines = [
      ...Array.from({ length: layer === 0 ? random.between(2, 5) : random.between(1, 3) }, () =>
        random.between(1, bought),
      ),
      ...Array.from({ length: layer === 0 ? 0 : random.between(5, 7) }, () => below + random.below(products)),
    ]
    return lines.map((item) => ({ item, quantity: random.between(1, 40) }))
  }

  /** Goods come in; nobody states when, so the time is that of the booking. */
  private receive(now: number, item: number): Stock {
    const { random, history } = this
    const at = now - random.below(8 * hour)
    const lot = { node: history.node('lot', at), item, ready: at }
    this.lots[item]!.push(lot)
    const supplierLot = history.node('slt', at)
    const command = history.record(at)
    history.draw({
      kind: 'receive',
      from: supplierLot,
      to: lot.node,
      at,
      command,
      quantity: 100 * random.between(1, 50),
      party: random.between(1, 60),
    })
    return lot
  }

  /** A recent lot of an item that is ready, if one is found. */
  private pick(item: number, now: number): Stock | undefined {
    const lots = this.lots[item]!
    const recent = Math.min(
      lots.length,
      Math.max(6, Math.floor((this.plan.edges * 0.0008) / (item > this.bought ? this.products : this.bought))),
    )
    for (let tries = 0; tries < 8 && recent > 0; tries += 1) {
      const lot = lots[lots.length - 1 - this.random.below(recent)]!
      if (lot.ready <= now) return lot
    }
    return undefined
  }

  private make(now: number, layer: number): void {
    const { random, history } = this
    const order = history.node('ord', now - random.below(8 * hour))
    const item = this.bought + 1 + layer * this.products + random.below(this.products)
    this.issue(order, item, now, layer)
    const ends = now + random.between(1, 8) * hour
    const machine = this.equipment[layer * 12 + random.below(12)]!
    const outputs = layer === layers - 1 ? random.between(7, 10) : random.between(2, 3)
    const booked = ends + random.below(10 * minute)
    const command = history.record(booked)
    history.draw({ kind: 'run', from: machine, to: order, at: now, until: ends, stated: true, command })
    const quantity = layer === layers - 1 ? 1 : 10 * random.between(1, 20)
    for (let n = 0; n < outputs; n += 1) {
      const lot = { node: history.node('lot', booked), item, ready: ends }
      history.draw({ kind: 'produce', from: order, to: lot.node, at: ends, stated: true, command, quantity })
      this.lots[item]!.push(lot)
      if (layer === layers - 1) this.units.push(lot)
      if (layer === layers - 1 && random.next() < 0.02) this.rework(lot, ends + hour)
      if (layer < layers - 1 && random.next() < 0.05) this.divide(lot, ends + hour)
    }
  }

  /** Draws what an order takes; some of it is booked late. */
  private issue(order: number, item: number, now: number, layer: number): void {
    const { random, history, plan } = this
    const command = history.record(now + random.below(10 * minute))
    if (layer === 0 && random.next() < hubShare) this.consume(this.hub, order, now, command, 1)
    for (const line of this.bills[item]!) {
      const lot = this.pick(line.item, now)
      if (!lot) continue
      if (random.next() >= plan.late) this.consume(lot, order, now, command, line.quantity)
      else {
        const later = now + random.below(delay)
        const drawn = random.next() < 0.5 ? this.receive(later, line.item) : lot
        this.consume(drawn, order, now, history.record(later + hour), line.quantity)
      }
    }
  }

  private consume({ node, item }: Stock, order: number, at: number, command: number, quantity: number): void {
    this.used.add(node)
    this.history.draw({ kind: 'consume', from: node, to: order, at, stated: true, command, quantity, item })
  }

  /** A unit goes back into an order with a new part and comes out again: a loop. */
  private rework(unit: Stock, at: number): void {
    const { history } = this
    const order = history.node('ord', at)
    const part = this.pick(1 + (unit.node % this.bought), at)
    const command = history.record(at)
    for (const lot of part ? [unit, part] : [unit]) this.consume(lot, order, at, command, 1)
    history.draw({
      kind: 'rework',
      from: order,
      to: unit.node,
      at: at + hour,
      stated: true,
      command: history.record(at + hour),
      quantity: 1,
    })
  }

  /** A lot is split in two, one of which is merged with another lot. */
  private divide(lot: Stock, at: number): void {
    const { history } = this
    const lots = this.lots[lot.item]!
    const command = history.record(at)
    const [one, other] = [1, 2].map(() => {
      const part = { node: history.node('lot', at), item: lot.item, ready: at }
      history.draw({ kind: 'split', from: lot.node, to: part.node, at, stated: true, command, quantity: 20 })
      return part
    }) as [Stock, Stock]
    const joined = { node: history.node('lot', at + hour), item: lot.item, ready: at + hour }
    const joining = history.record(at + hour)
    for (const part of new Set([other, this.pick(lot.item, at) ?? other]))
      history.draw({
        kind: 'merge',
        from: part.node,
        to: joined.node,
        at: at + hour,
        stated: true,
        command: joining,
        quantity: 20,
      })
    lots.push(one, joined)
  }

  /** Sends the next units: six in a pack, or one or two as they are, of which some are installed. False when no more are ready. */
  private deliver(now: number): boolean {
    const { random, history } = this
    const packed = random.next() < 0.07
    const units = this.units.slice(this.left, this.left + (packed ? 6 : random.between(1, 2)))
    const at = now + hour
    if (units.length === 0 || units.some(({ ready }) => ready + 3 * hour > now)) return false
    this.left += units.length
    const shipment = history.node('shp', at + 2 * minute)
    const party = random.between(100, 300)
    const shipping = history.record(at + 2 * minute)
    const ship = (node: number) =>
      history.draw({
        kind: 'ship',
        from: node,
        to: shipment,
        at: at + minute,
        stated: true,
        command: shipping,
        quantity: 1,
        party,
      })
    for (const { node } of units) this.shipped.push(node)
    if (packed) {
      const pack = history.node('pck', at)
      const command = history.record(at)
      for (const { node } of units)
        history.draw({ kind: 'pack', from: node, to: pack, at, stated: true, command, quantity: 1 })
      ship(pack)
      return true
    }
    for (const { node } of units) {
      ship(node)
      if (random.next() < 0.75) {
        const installed = at + random.between(5, 60) * day
        const installation = history.node('ins', installed)
        const command = history.record(installed)
        history.draw({ kind: 'install', from: node, to: installation, at: installed, stated: true, command, party })
      }
    }
    return true
  }
}
