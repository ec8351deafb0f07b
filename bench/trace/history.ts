import type { Random } from './random.ts'

/** Prefixes of the nodes' ids. */
export const prefixes = ['slt', 'lot', 'ord', 'pck', 'shp', 'ins', 'eqp'] as const
export type Prefix = (typeof prefixes)[number]

/** Kinds of edges; suspicion passes along all of them. */
export const kinds = [
  'receive',
  'consume',
  'produce',
  'split',
  'merge',
  'rework',
  'pack',
  'ship',
  'install',
  'run',
] as const
export type Kind = (typeof kinds)[number]

/** Numbers below this one are never leased: they belong to examples. */
export const firstNumber = 4096
/** Numbers that a function leases at once. */
const block = 32
/** Functions of each kind that run side by side. */
const instances = 2

/** An edge of the made-up past. Times are milliseconds since 1970. */
export interface Drawn {
  readonly kind: Kind
  readonly from: number
  readonly to: number
  /** When it happened. */
  readonly at: number
  /** Number of the command that recorded it. */
  readonly command: number
  readonly stated?: boolean
  /** End of an interval. */
  readonly until?: number
  readonly quantity?: number
  readonly item?: number
  readonly party?: number
}

/** The edges of a past in columns, in the order in which they were recorded; nodes by their numbers. */
export interface Graph {
  readonly length: number
  readonly kind: Uint8Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  readonly at: Float64Array
  readonly stated: Uint8Array
  /** 0 where the edge has none, as the next three. */
  readonly until: Float64Array
  readonly quantity: Float64Array
  readonly item: Uint16Array
  readonly party: Uint16Array
  /** Edges of one command have the same number and stand together. */
  readonly command: Uint32Array
  readonly recordedAt: Float64Array
  /** One more than the greatest node number. */
  readonly end: number
  readonly nodes: number
  /** Numbers of the nodes, by the order in which the history was told. */
  readonly numbers: Uint32Array
  /** By node number; 255 where there is no node. */
  readonly prefix: Uint8Array
  readonly born: Float64Array
}

/** Collects nodes and edges as they happen, and puts them in the order in which a real system would have them. */
export class History {
  nodes = 0
  edges = 0
  commands = 0
  readonly room: number
  private readonly prefix: Uint8Array
  private readonly born: Float64Array
  private readonly kind: Uint8Array
  private readonly from: Uint32Array
  private readonly to: Uint32Array
  private readonly at: Float64Array
  private readonly stated: Uint8Array
  private readonly until: Float64Array
  private readonly quantity: Float64Array
  private readonly item: Uint16Array
  private readonly party: Uint16Array
  private readonly command: Uint32Array
  private readonly recorded: Float64Array

  constructor(room: number) {
    this.room = room
    // A history has fewer nodes than edges; the rest is for small ones.
    this.prefix = new Uint8Array(room + 4096)
    this.born = new Float64Array(room + 4096)
    this.kind = new Uint8Array(room)
    this.from = new Uint32Array(room)
    this.to = new Uint32Array(room)
    this.at = new Float64Array(room)
    this.stated = new Uint8Array(room)
    this.until = new Float64Array(room)
    this.quantity = new Float64Array(room)
    this.item = new Uint16Array(room)
    this.party = new Uint16Array(room)
    this.command = new Uint32Array(room)
    this.recorded = new Float64Array(room)
  }

  /** A command that records edges at this time. */
  record(at: number): number {
    // Commands beyond the room record nothing.
    if (this.commands < this.room) this.recorded[this.commands] = at
    return this.commands++
  }

  node(prefix: Prefix, born: number): number {
    this.prefix[this.nodes] = prefixes.indexOf(prefix)
    this.born[this.nodes] = born
    return this.nodes++
  }

  /** Draws an edge; when the room is full the past has ended. */
  draw(edge: Drawn): void {
    if (this.edges === this.room) return
    const n = this.edges++
    this.kind[n] = kinds.indexOf(edge.kind)
    this.from[n] = edge.from
    this.to[n] = edge.to
    this.at[n] = edge.at
    this.stated[n] = edge.stated ? 1 : 0
    this.until[n] = edge.until ?? 0
    this.quantity[n] = edge.quantity ?? 0
    this.item[n] = edge.item ?? 0
    this.party[n] = edge.party ?? 0
    this.command[n] = edge.command
  }

  /**
   * Gives each node its number, as functions that lease blocks do: nearly in the order of birth, but each kind and
   * each running function from a block of its own.
   */
  private numbers(random: Random): { readonly numbers: Uint32Array; readonly end: number } {
    const order = Uint32Array.from({ length: this.nodes }, (_, node) => node).sort(
      (a, b) => this.born[a]! - this.born[b]! || a - b,
    )
    const numbers = new Uint32Array(this.nodes)
    const leases = new Map<number, { next: number; end: number }>()
    let end = firstNumber
    for (const node of order) {
      const holder = this.prefix[node]! * instances + random.below(instances)
      let lease = leases.get(holder)
      if (!lease || lease.next === lease.end) {
        lease = { next: end, end: end + block }
        leases.set(holder, lease)
        end += block
      }
      numbers[node] = lease.next++
    }
    return { numbers, end }
  }

  graph(random: Random): Graph {
    const { numbers, end } = this.numbers(random)
    const recordedAt = (edge: number) => this.recorded[this.command[edge]!]!
    const order = Uint32Array.from({ length: this.edges }, (_, edge) => edge).sort(
      (a, b) => recordedAt(a) - recordedAt(b) || this.command[a]! - this.command[b]! || a - b,
    )
    const prefix = new Uint8Array(end).fill(255)
    const born = new Float64Array(end)
    for (let node = 0; node < this.nodes; node += 1) {
      prefix[numbers[node]!] = this.prefix[node]!
      born[numbers[node]!] = this.born[node]!
    }
    return {
      length: this.edges,
      kind: Uint8Array.from(order, (edge) => this.kind[edge]!),
      from: Uint32Array.from(order, (edge) => numbers[this.from[edge]!]!),
      to: Uint32Array.from(order, (edge) => numbers[this.to[edge]!]!),
      at: Float64Array.from(order, (edge) => this.at[edge]!),
      stated: Uint8Array.from(order, (edge) => this.stated[edge]!),
      until: Float64Array.from(order, (edge) => this.until[edge]!),
      quantity: Float64Array.from(order, (edge) => this.quantity[edge]!),
      item: Uint16Array.from(order, (edge) => this.item[edge]!),
      party: Uint16Array.from(order, (edge) => this.party[edge]!),
      command: Uint32Array.from(order, (edge) => this.command[edge]!),
      recordedAt: Float64Array.from(order, recordedAt),
      end,
      nodes: this.nodes,
      numbers,
      prefix,
      born,
    }
  }
}
