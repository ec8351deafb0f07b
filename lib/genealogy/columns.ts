import { type Edge, edgeKinds } from '#kit/entity'
import { segmentSize } from '#kit/node'

export type EdgeKind = Edge['kind']

/** The columns of an edge; a million edges fit in some 60 MB. Times are milliseconds since 1970. */
const layout = {
  /** Index into `edgeKinds`. */
  kind: Uint8Array,
  /** Node numbers. */
  from: Uint32Array,
  to: Uint32Array,
  /** When it happened. */
  at: Float64Array,
  /** End of an interval; NaN where there is none. */
  until: Float64Array,
  /** 1 where a person or machine stated the time, 0 where it is the time of posting. */
  stated: Uint8Array,
  recordedAt: Float64Array,
  /** NaN where there is none. */
  quantity: Float64Array,
  /** Indexes into `texts`, 0 for none: unit, item of what went in, partner, entity whose fact drew the edge. */
  unit: Uint32Array,
  item: Uint32Array,
  party: Uint32Array,
  fact: Uint32Array,
  /** Version of that fact; 0 for none. */
  factVersion: Uint32Array,
} as const

type Layout = typeof layout
type ColumnName = keyof Layout

/** Edges by column, so that a trace reads numbers and makes no objects. */
export type EdgeColumns = { readonly [Name in ColumnName]: InstanceType<Layout[Name]> } & {
  readonly length: number
  /** What the text columns point into; the first is the empty text. */
  readonly texts: readonly string[]
}

/** Edges as pairs of node numbers; any `EdgeColumns` is one. */
export interface Pairs {
  readonly length: number
  readonly from: Uint32Array
  readonly to: Uint32Array
}

/** One edge before it is put into columns. */
export interface EdgeRow {
  readonly kind: EdgeKind
  readonly from: number
  readonly to: number
  readonly at: number
  readonly stated: boolean
  readonly recordedAt: number
  readonly until?: number | undefined
  readonly quantity?: number | undefined
  readonly unit?: string | undefined
  readonly itemId?: string | undefined
  readonly party?: string | undefined
  readonly fact?: { readonly entityId: string; readonly version: number } | undefined
}

/** Which node came from which, of one stored piece, decoded; nothing else of the edges. */
export interface Links {
  /** Ascending. */
  readonly numbers: Uint32Array
  /** What each node is, by the code of its id's prefix. */
  readonly prefix: Uint8Array
  /** Parents of the node `numbers[i]` are `parents[offsets[i]]` up to, not including, `parents[offsets[i + 1]]`. */
  readonly offsets: Uint32Array
  readonly parents: Uint32Array
}

export { segmentSize }

const kindCodes = new Map<EdgeKind, number>(edgeKinds.map((kind, code) => [kind, code]))

/** Number that stands for a kind in the `kind` column. */
export const codeOf = (kind: EdgeKind): number => kindCodes.get(kind)!

const notPassing = new Set<EdgeKind>(['assemble', 'withdraw', 'return'])

/**
 * By kind code, 1 where suspicion passes along the edge. A unit map and a withdrawal are evidence about the edges
 * of an order; a returned lot is the same lot, and what travelled with it is not touched by it.
 */
export const passing = Uint8Array.from(edgeKinds, (kind) => (notPassing.has(kind) ? 0 : 1))

const names = Object.keys(layout) as ColumnName[]
const textNames = ['unit', 'item', 'party', 'fact'] as const satisfies readonly ColumnName[]
const numberNames = names.filter((name) => !textNames.some((text) => text === name))

/** Collects edges into columns that grow by doubling. */
export class EdgeBuilder {
  private length = 0
  private capacity = 0
  private arrays = {} as { [Name in ColumnName]: InstanceType<Layout[Name]> }
  private readonly texts: string[] = ['']
  private readonly textCodes = new Map<string, number>([['', 0]])

  constructor(capacity = 64) {
    this.grow(capacity)
  }

  add(row: EdgeRow): this {
    if (this.length === this.capacity) this.grow(this.capacity * 2)
    const { arrays, length } = this
    arrays.kind[length] = codeOf(row.kind)
    arrays.from[length] = row.from
    arrays.to[length] = row.to
    arrays.at[length] = row.at
    arrays.until[length] = row.until ?? Number.NaN
    arrays.stated[length] = row.stated ? 1 : 0
    arrays.recordedAt[length] = row.recordedAt
    arrays.quantity[length] = row.quantity ?? Number.NaN
    arrays.unit[length] = this.textCode(row.unit)
    arrays.item[length] = this.textCode(row.itemId)
    arrays.party[length] = this.textCode(row.party)
    arrays.fact[length] = this.textCode(row.fact?.entityId)
    arrays.factVersion[length] = row.fact?.version ?? 0
    this.length += 1
    return this
  }

  /** Adds edges of other columns: all, or those at these indexes. */
  append(columns: EdgeColumns, indexes: ArrayLike<number> = everyOf(columns.length)): this {
    const { length } = this
    const end = length + indexes.length
    if (end > this.capacity) this.grow(Math.max(end, this.capacity * 2))
    // One column after the other: a row of thirteen arrays at once is slow.
    for (const name of numberNames) gather(this.arrays[name], length, columns[name], indexes)
    const codes = new Int32Array(columns.texts.length).fill(-1)
    for (const name of textNames) this.appendTexts(this.arrays[name], columns[name], columns.texts, codes, indexes)
    this.length = end
    return this
  }

  private appendTexts(
    into: Uint32Array,
    from: Uint32Array,
    texts: readonly string[],
    codes: Int32Array,
    indexes: ArrayLike<number>,
  ) {
    for (let at = 0; at < indexes.length; at += 1) {
      const theirs = from[indexes[at]!]!
      if (codes[theirs]! < 0) codes[theirs] = this.textCode(texts[theirs])
      into[this.length + at] = codes[theirs]!
    }
  }

  /** What was collected so far; the columns share memory with the builder, which may go on. */
  columns(): EdgeColumns {
    const cut = names.map((name) => [name, this.arrays[name].subarray(0, this.length)])
    return { ...Object.fromEntries(cut), length: this.length, texts: this.texts }
  }

  private grow(capacity: number) {
    const grown = names.map((name) => {
      const array = new layout[name](capacity)
      if (this.length > 0) array.set(this.arrays[name])
      return [name, array]
    })
    this.arrays = Object.fromEntries(grown)
    this.capacity = capacity
  }

  private textCode(text = ''): number {
    const known = this.textCodes.get(text)
    if (known !== undefined) return known
    this.textCodes.set(text, this.texts.length)
    return this.texts.push(text) - 1
  }
}

type AnyColumn = InstanceType<Layout[ColumnName]>

function gather(into: AnyColumn, begin: number, from: AnyColumn, indexes: ArrayLike<number>): void {
  if (into instanceof Float64Array) gatherNumbers(into, begin, from as Float64Array, indexes)
  else if (into instanceof Uint32Array) gatherWords(into, begin, from as Uint32Array, indexes)
  else gatherBytes(into, begin, from as Uint8Array, indexes)
}

// The same three times, for the compiler makes quick code only for one type of array.
function gatherNumbers(into: Float64Array, begin: number, from: Float64Array, indexes: ArrayLike<number>): void {
  for (let at = 0; at < indexes.length; at += 1) into[begin + at] = from[indexes[at]!]!
}
function gatherWords(into: Uint32Array, begin: number, from: Uint32Array, indexes: ArrayLike<number>): void {
  for (let at = 0; at < indexes.length; at += 1) into[begin + at] = from[indexes[at]!]!
}
function gatherBytes(into: Uint8Array, begin: number, from: Uint8Array, indexes: ArrayLike<number>): void {
  for (let at = 0; at < indexes.length; at += 1) into[begin + at] = from[indexes[at]!]!
}

/** Puts edges into this order where they stand, one column after the other through the same memory. */
export function reorder(columns: EdgeColumns, order: ArrayLike<number>): void {
  const { buffer } = new Float64Array(columns.length)
  for (const name of names) {
    const before = new layout[name](buffer, 0, columns.length)
    before.set(columns[name])
    gather(columns[name], 0, before, order)
  }
}

const everyOf = (length: number): Uint32Array => Uint32Array.from({ length }, (_, index) => index)

/** The edges along which suspicion passes, as pairs. */
export function passingPairs(columns: EdgeColumns): Pairs {
  const from = new Uint32Array(columns.length)
  const to = new Uint32Array(columns.length)
  let length = 0
  for (let index = 0; index < columns.length; index += 1) {
    if (!passing[columns.kind[index]!]) continue
    from[length] = columns.from[index]!
    to[length] = columns.to[index]!
    length += 1
  }
  return { length, from: from.subarray(0, length), to: to.subarray(0, length) }
}
