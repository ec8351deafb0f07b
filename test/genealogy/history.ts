import fc from 'fast-check'
import type { EdgeKind, EdgeRow } from '#genealogy/columns'
import { EdgeBuilder } from '#genealogy/columns'

/** A history of a small plant: its edges in the order in which they were recorded. */
export type History = readonly EdgeRow[]

export const columnsOf = (rows: Iterable<EdgeRow>) => {
  const builder = new EdgeBuilder()
  for (const row of rows) builder.add(row)
  return builder.columns()
}

/** Kinds of node, as the prefixes of their ids. */
export type Prefix = 'slt' | 'lot' | 'ord' | 'pac' | 'shp' | 'ins' | 'pch' | 'eqp'

const prefixes: readonly Prefix[] = ['slt', 'lot', 'ord', 'pac', 'shp', 'ins', 'pch', 'eqp']

/** Node numbers leave gaps, so that a handful of nodes lies in several segments; the kind can be told from the number. */
const numberOf = (prefix: Prefix, n: number) => 4096 + (n * 8 + prefixes.indexOf(prefix)) * 211

export const prefixOf = (number: number): Prefix => prefixes[((number - 4096) / 211) % 8]!

/** Items by lot, so that an order often takes two lots of one item; one lot in seven is of an item nobody recorded. */
const itemOf = (lot: number) => (lot % 7 === 6 ? undefined : `itm_${lot % 2}`)

const step = fc.record({
  act: fc.constantFrom(
    ...(['receive', 'make', 'make', 'units', 'units', 'split', 'merge', 'rework', 'takeBack', 'pack', 'nest'] as const),
    ...(['ship', 'shipPack', 'giveBack', 'install', 'change', 'run', 'repair', 'again'] as const),
  ),
  a: fc.nat(30),
  b: fc.nat(30),
  c: fc.nat(30),
  /** How long it took, how much later it was recorded, and how much earlier than the clock it happened. */
  takes: fc.nat(8),
  late: fc.constantFrom(0, 0, 0, 4, 15),
  early: fc.constantFrom(0, 0, 0, 3, 12),
  stated: fc.boolean(),
})
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** What happens is decided by the step alone, so that a failing history shrinks. */
class Telling {
  readonly rows: EdgeRow[] = []
  private readonly born = new Map<Prefix, number>()
  private clock = 100

  tell(step: Step) {
    this.clock += 2
    const before = this.rows.length
    this.act(step)
    return this.rows.length > before
  }

  private act({ act, a, b, c, ...when }: Step) {
    const lot = this.known('lot', a)
    const other = this.known('lot', b)
    switch (act) {
      case 'receive':
        return this.draw('receive', this.either('slt', a), this.fresh('lot'), when, { quantity: 10, party: 'ptr_s' })
      case 'make':
      case 'units':
        return this.make(act === 'units', [lot, other, this.known('lot', c)].slice(0, 1 + (c % 3)), b, when)
      case 'split':
        return this.draw('split', lot, this.fresh('lot'), when, { quantity: 4 })
      case 'merge': {
        const into = a % 4 === 0 ? this.known('lot', c) : this.fresh('lot')
        this.draw('merge', lot, into, when, { quantity: 4 })
        return this.draw('merge', other, into, when, { quantity: 3 })
      }
      case 'rework': {
        const order = this.make(false, [lot, other].slice(0, 1 + (b % 2)), 0, when)
        return this.draw('rework', order, lot, { ...when, early: 0 }, {})
      }
      case 'takeBack': {
        const taken = this.rows.filter(({ kind }) => kind === 'consume')
        const { from, to } = taken[a % taken.length] ?? { from: lot, to: this.known('ord', a) }
        return this.draw('withdraw', to, from, when, { quantity: b % 2 === 0 ? 5 : 2, unit: 'each' })
      }
      default:
        return this.move(act, lot, other, { a, b, ...when })
    }
  }

  private move(act: Step['act'], lot: number, other: number, { a, b, ...when }: Omit<Step, 'act' | 'c'>) {
    const until = b % 3 === 0 ? undefined : this.clock + when.takes * 2
    switch (act) {
      case 'pack':
        return this.draw('pack', lot, this.either('pac', a), when, { quantity: 1, until })
      case 'nest':
        return this.draw('pack', this.known('pac', a), this.either('pac', b), when, { until })
      case 'ship':
        return this.draw('ship', lot, this.either('shp', b), when, { quantity: 2, party: `ptr_${b % 3}` })
      case 'shipPack':
        return this.draw('ship', this.known('pac', a), this.either('shp', b), when, { party: `ptr_${b % 3}` })
      case 'giveBack':
        return this.draw('return', this.known('shp', a), other, when, { quantity: 1, party: `ptr_${b % 3}` })
      case 'install':
        return this.draw('install', lot, this.fresh('ins'), when, { party: `ptr_${b % 3}` })
      case 'change':
        return this.draw('change', this.either('pch', a), b % 2 ? this.known('ord', b) : lot, when, {})
      case 'run': {
        const end = this.clock + when.takes * 2
        return this.draw('run', this.either('eqp', a), this.known('ord', b), { ...when, stated: true }, { until: end })
      }
      case 'repair':
        return this.draw('repair', lot, this.either('eqp', b), when, { quantity: 1 })
      default:
        if (this.rows.length > 0) this.rows.push(this.rows[a % this.rows.length]!)
    }
  }

  /** An order that takes lots, and makes some; units with or without a record of what went into which. */
  private make(mapped: boolean, lots: readonly number[], b: number, when: When): number {
    const order = this.fresh('ord')
    for (const lot of lots)
      this.draw('consume', lot, order, when, {
        quantity: 5,
        unit: 'each',
        itemId: itemOf(((lot - 4096) / 211 / 8) | 0),
      })
    const outputs = Array.from({ length: b % 4 }, () => (b % 11 === 0 ? this.known('lot', b) : this.fresh('lot')))
    const later = { ...when, early: b % 5 === 0 ? when.early : 0 }
    for (const [index, output] of outputs.entries()) {
      this.draw('produce', order, output, later, { quantity: 5, unit: 'each' })
      const lot = lots[(b + index) % lots.length]!
      const known = itemOf(((lot - 4096) / 211 / 8) | 0)
      if (mapped && (b + index) % 3 !== 2) this.draw('assemble', lot, output, later, { quantity: 1, itemId: known })
    }
    return order
  }

  private draw(kind: EdgeKind, from: number, to: number, when: When, rest: Partial<EdgeRow>) {
    if (from === to) return
    const recordedAt = this.clock + when.late
    const at = when.stated ? this.clock - when.early : recordedAt
    const fact = { entityId: `fact-of-${to}`, version: this.rows.length + 1 }
    this.rows.push({ kind, from, to, at, stated: when.stated, recordedAt, fact, ...rest })
  }

  private fresh(prefix: Prefix): number {
    const n = this.born.get(prefix) ?? 0
    this.born.set(prefix, n + 1)
    return numberOf(prefix, n)
  }

  /** One that was there; the first where none was. */
  private known(prefix: Prefix, n: number): number {
    const born = this.born.get(prefix) ?? 0
    return born === 0 ? this.fresh(prefix) : numberOf(prefix, n % born)
  }

  private either(prefix: Prefix, n: number): number {
    return n % 3 === 0 ? this.fresh(prefix) : this.known(prefix, n)
  }
}
type When = Pick<Step, 'takes' | 'late' | 'early' | 'stated'>

/** Histories as plants write them: splits, merges, co-products, units, rework, packs, shipments, returns, late and double entries. */
export const told = (most: number): fc.Arbitrary<History> =>
  fc.array(step, { minLength: 1, maxLength: most, size: 'max' }).map((steps) => {
    const telling = new Telling()
    for (const one of steps) telling.tell(one)
    return telling.rows
  })

const between = (kind: EdgeKind, from: Prefix, to: Prefix, most = 5) =>
  fc
    .record({
      ...{ f: fc.nat(most), t: fc.nat(most), at: fc.nat(40), takes: fc.option(fc.nat(20)), late: fc.nat(9) },
      ...{ stated: fc.boolean(), item: fc.nat(3), quantity: fc.option(fc.integer({ min: 1, max: 3 })) },
    })
    .map(
      ({ f, t, at, takes, late, stated, item, quantity }): EdgeRow => ({
        ...{ kind, from: numberOf(from, f), to: numberOf(to, t), at, stated, recordedAt: at + (stated ? late : 0) },
        ...(takes === null ? {} : { until: at + takes }),
        ...(item === 0 ? {} : { itemId: `itm_${item}` }),
        ...(quantity === null ? {} : { quantity, unit: late === 1 ? 'kg' : 'each' }),
      }),
    )

const anyOf = (most: number, ...edges: readonly fc.Arbitrary<EdgeRow>[]) =>
  fc
    .array(fc.oneof(...edges), { maxLength: most, size: 'max' })
    .map((rows) => rows.filter(({ from, to }) => from !== to))

const anywhere = [
  ...[between('consume', 'lot', 'ord', 3), between('produce', 'ord', 'lot', 3), between('assemble', 'lot', 'lot')],
  ...[between('withdraw', 'ord', 'lot', 2), between('rework', 'ord', 'lot', 2), between('split', 'lot', 'lot')],
  ...[between('merge', 'lot', 'lot'), between('pack', 'lot', 'pac', 3), between('pack', 'pac', 'pac', 3)],
  ...[between('pack', 'pac', 'pac', 2), between('ship', 'pac', 'shp', 3), between('ship', 'lot', 'shp')],
  ...[between('return', 'shp', 'lot'), between('receive', 'slt', 'lot'), between('install', 'lot', 'ins')],
  ...[between('change', 'pch', 'ord', 2), between('run', 'eqp', 'ord', 2), between('repair', 'lot', 'eqp', 2)],
]

const insideOrders = [
  ...[between('consume', 'lot', 'ord', 1), between('produce', 'ord', 'lot', 1), between('assemble', 'lot', 'lot', 3)],
  ...[between('consume', 'lot', 'ord', 1), between('produce', 'ord', 'lot', 3), between('withdraw', 'ord', 'lot', 1)],
  ...[between('consume', 'lot', 'ord', 3), between('rework', 'ord', 'lot', 1), between('run', 'eqp', 'ord', 1)],
]

/** Histories no plant would write: any edge at any time between any two nodes it may join. */
export const wild = (most: number): fc.Arbitrary<History> =>
  fc.oneof(anyOf(most, ...anywhere), anyOf(most, ...insideOrders))

/** Every node of a history, and one that is in none. */
export const nodesOf = (rows: History): number[] => [
  ...new Set([...rows.flatMap(({ from, to }) => [from, to]), numberOf('lot', 99)]),
]
