import { type ByteReader, ByteWriter, readDecimal, writeDecimal } from './bytes.ts'
import type { EdgeColumns } from './columns.ts'

/** What an edge says besides its two nodes; one stored column each, so that what is alike stands together. */
const stored = [
  'kind',
  'parts',
  'recordedAt',
  'at',
  'until',
  'places',
  'quantity',
  'unit',
  'item',
  'party',
  'fact',
  'factVersion',
  'texts',
] as const

/** Columns that the rows of edges take in a stored piece. */
export const rowColumns = stored.length

/** Parts that an edge may have, one bit each; and whether its time is a whole minute, as people state it, or second. */
const has = { stated: 1, until: 2, quantity: 4, minute: 8, second: 16 } as const
const textNames = ['unit', 'item', 'party', 'fact'] as const
const roundness = (time: number) => (time % 60_000 === 0 ? has.minute : time % 1000 === 0 ? has.second : 0)
/** Milliseconds in which the time of an edge of these parts is counted. */
const tickOf = (parts: number) => (parts & has.minute ? 60_000 : parts & has.second ? 1000 : 1)

type Rows = Omit<EdgeColumns, 'from' | 'to'>

/** Writes the rows of edges in this order; `born` is the time of the node that an edge goes into. */
export function encodeRows(edges: EdgeColumns, order: Uint32Array, born: (edge: number) => number): ByteWriter[] {
  const out = Object.fromEntries(stored.map((name) => [name, new ByteWriter()])) as Record<
    (typeof stored)[number],
    ByteWriter
  >
  const codes = new Map<string, number>([['', 0]])
  const codeOf = (text: string) => {
    const known = codes.get(text)
    if (known !== undefined) return known
    out.texts.text(text)
    codes.set(text, codes.size)
    return codes.size - 1
  }
  // Most edges were recorded when their node came to be or with the edge before, and happened as long before as that.
  let [into, usual, delay] = [-1, 0, 0]
  for (const edge of order) {
    if (edges.to[edge] !== into) usual = born(edge)
    into = edges.to[edge]!
    const [at, recordedAt] = [edges.at[edge]!, edges.recordedAt[edge]!]
    const [until, quantity] = [edges.until[edge]!, edges.quantity[edge]!]
    out.kind.byte(edges.kind[edge]!)
    const parts =
      roundness(at) |
      (edges.stated[edge] ? has.stated : 0) |
      (Number.isNaN(until) ? 0 : has.until) |
      (Number.isNaN(quantity) ? 0 : has.quantity)
    out.parts.byte(parts)
    out.recordedAt.signed(recordedAt - usual)
    usual = recordedAt
    const before = Math.floor(recordedAt / tickOf(parts)) - at / tickOf(parts)
    out.at.signed(before - delay)
    delay = before
    if (!Number.isNaN(until)) out.until.signed(until - at)
    if (!Number.isNaN(quantity)) writeDecimal(out.places, out.quantity, quantity)
    for (const name of textNames) out[name].varint(codeOf(edges.texts[edges[name][edge]!]!))
    out.factVersion.varint(edges.factVersion[edge]!)
  }
  return stored.map((name) => out[name])
}

/** Reads them back; throws where the bytes are not what `encodeRows` wrote. */
export function decodeRows(columns: readonly ByteReader[], to: Uint32Array, born: (edge: number) => number): Rows {
  const { length } = to
  const column = Object.fromEntries(stored.map((name, place) => [name, columns[place]!])) as Record<
    (typeof stored)[number],
    ByteReader
  >
  const rows = {
    kind: new Uint8Array(length),
    at: new Float64Array(length),
    until: new Float64Array(length).fill(Number.NaN),
    stated: new Uint8Array(length),
    recordedAt: new Float64Array(length),
    quantity: new Float64Array(length).fill(Number.NaN),
    unit: new Uint32Array(length),
    item: new Uint32Array(length),
    party: new Uint32Array(length),
    fact: new Uint32Array(length),
    factVersion: new Uint32Array(length),
  }
  let [usual, delay] = [0, 0]
  for (let edge = 0; edge < length; edge += 1) {
    const parts = column.parts.byte()
    if (edge === 0 || to[edge] !== to[edge - 1]) usual = born(edge)
    usual += column.recordedAt.signed()
    delay += column.at.signed()
    const at = (Math.floor(usual / tickOf(parts)) - delay) * tickOf(parts)
    rows.kind[edge] = column.kind.byte()
    rows.stated[edge] = parts & has.stated
    rows.recordedAt[edge] = usual
    rows.at[edge] = at
    if (parts & has.until) rows.until[edge] = at + column.until.signed()
    if (parts & has.quantity) rows.quantity[edge] = readDecimal(column.places, column.quantity)
    for (const name of textNames) rows[name][edge] = column[name].varint()
    rows.factVersion[edge] = column.factVersion.varint()
  }
  const texts = ['']
  while (!column.texts.atEnd) texts.push(column.texts.text())
  return { length, ...rows, texts }
}
