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
  private readonly hub: Stock
  private readonly received: Stock[] = []
  /** By layer; the last one makes units. */
  private readonly made: Stock[][] = Array.from({ length: layers }, () => [])
  private readonly used = new Set<number>()
  private readonly shipped: number[] = []
  /** Units up to here have left. */
  private left = 0

  constructor(plan: Plan) {
    this.plan = plan
    this.random = new Random(plan.seed)
    this.history = new History(plan.edges)
    this.equipment = Array.from({ length: 12 * layers }, () => this.history.node('eqp', begin))
    this.hub = this.receive(begin)
  }

  run(): Past {
    const { plan, random, history } = this
    const step = Math.max(minute, Math.floor(span / (plan.edges * orderRate) / minute) * minute)
    for (let n = 0; history.edges < history.room; n += 1) {
      const now = begin + day + step * n
      while (this.received.length < n * (receiptRate / orderRate) + 8) this.received.push(this.receive(now))
      this.make(now, n % layers)
      while (this.deliver(now));
    }
    const graph = history.graph(random)
    const numbers = (nodes: Iterable<number>) => Array.from(nodes, (node) => graph.numbers[node]!)
    return { graph, hub: graph.numbers[this.hub.node]!, used: numbers(this.used), shipped: numbers(this.shipped) }
  }

  /** Goods come in; nobody states when, so the time is that of the booking. */
  private receive(now: number): Stock {
    const { random, history } = this
    const at = now - random.below(8 * hour)
    const lot = { node: history.node('lot', at), item: random.below(120), ready: at }
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

  /** A lot of the recent ones that is ready, if one is found. */
  private pick(lots: readonly Stock[], now: number): Stock | undefined {
    const recent = Math.min(lots.length, Math.max(24, Math.floor(this.plan.edges * 0.0008)))
    for (let tries = 0; tries < 8 && recent > 0; tries += 1) {
      const lot = lots[lots.length - 1 - this.random.below(recent)]!
      if (lot.ready <= now) return lot
    }
    return undefined
  }

  private make(now: number, layer: number): void {
    const { random, history } = this
    const order = history.node('ord', now - random.below(8 * hour))
    this.issue(order, now, layer)
    const ends = now + random.between(1, 8) * hour
    const machine = this.equipment[layer * 12 + random.below(12)]!
    const outputs = layer === layers - 1 ? random.between(7, 10) : random.between(2, 3)
    const command = history.record(ends + random.below(10 * minute))
    history.draw({ kind: 'run', from: machine, to: order, at: now, stated: true, command })
    for (let n = 0; n < outputs; n += 1) {
      const item = 120 + layer * 16 + (order % 16)
      const lot = { node: history.node('lot', ends), item, ready: ends }
      const quantity = layer === layers - 1 ? 1 : 10 * random.between(1, 20)
      history.draw({ kind: 'produce', from: order, to: lot.node, at: ends, stated: true, command, quantity })
      this.made[layer]!.push(lot)
      if (layer === layers - 1 && random.next() < 0.02) this.rework(lot, ends + hour)
      if (layer < layers - 1 && random.next() < 0.05) this.divide(lot, layer, ends + hour)
    }
  }

  /** Draws what an order takes; some of it is booked late. */
  private issue(order: number, now: number, layer: number): void {
    const { random, history, plan } = this
    const received = layer === 0 ? random.between(2, 5) : random.between(1, 3)
    const parts = layer === 0 ? 0 : random.between(5, 7)
    const lots = new Set<Stock | undefined>(layer === 0 && random.next() < hubShare ? [this.hub] : [])
    for (let n = 0; n < received; n += 1) lots.add(this.pick(this.received, now))
    for (let n = 0; n < parts; n += 1) lots.add(this.pick(this.made[layer - 1]!, now))
    const command = history.record(now + random.below(10 * minute))
    for (const lot of lots) {
      if (!lot) continue
      if (random.next() >= plan.late) this.consume(lot, order, now, command)
      else {
        const later = now + random.below(delay)
        const drawn = random.next() < 0.5 ? this.receive(later) : lot
        this.consume(drawn, order, now, history.record(later + hour))
      }
    }
  }

  private consume(lot: Stock, order: number, at: number, command: number): void {
    const quantity = this.random.between(1, 40)
    this.used.add(lot.node)
    this.history.draw({
      kind: 'consume',
      from: lot.node,
      to: order,
      at,
      stated: true,
      command,
      quantity,
      item: lot.item + 1,
    })
  }

  /** A unit goes back into an order with a new part and comes out again: a loop. */
  private rework(unit: Stock, at: number): void {
    const { history } = this
    const order = history.node('ord', at)
    const part = this.pick(this.received, at)
    const command = history.record(at)
    for (const lot of part ? [unit, part] : [unit]) this.consume(lot, order, at, command)
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
  private divide(lot: Stock, layer: number, at: number): void {
    const { history } = this
    const lots = this.made[layer]!
    const command = history.record(at)
    const [one, other] = [1, 2].map(() => {
      const part = { node: history.node('lot', at), item: lot.item, ready: at }
      history.draw({ kind: 'split', from: lot.node, to: part.node, at, stated: true, command, quantity: 20 })
      return part
    }) as [Stock, Stock]
    const joined = { node: history.node('lot', at + hour), item: lot.item, ready: at + hour }
    const joining = history.record(at + hour)
    for (const part of new Set([other, this.pick(lots, at) ?? other]))
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
    const units = this.made[layers - 1]!.slice(this.left, this.left + (packed ? 6 : random.between(1, 2)))
    const at = now + hour
    if (units.length === 0 || units.some(({ ready }) => ready + 3 * hour > now)) return false
    this.left += units.length
    const shipment = history.node('shp', at)
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
