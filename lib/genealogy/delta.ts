import { edgeKinds } from '#kit/entity'
import { crockford, numberOf } from '#kit/node'
import type { StoredEdge } from '#kit/ports'
import { ByteReader, ByteWriter, readDecimal, writeDecimal } from './bytes.ts'

/** The first byte; a delta is never rewritten, so every format ever used must stay readable. */
const format = 1

/** How a text of the dictionary is written. */
const asId = 0
const asText = 1
const id = /^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$/

/** Parts of an edge that it may lack, one bit each. */
const has = { stated: 1, at: 2, until: 4, quantity: 8, unit: 16, item: 32, party: 64 } as const

/**
 * Packs the edges of one command, recorded at one time, for the genealogy's tail: a dictionary of the ids,
 * then some ten bytes an edge. Times are kept to the millisecond.
 */
export function encodeDelta(edges: readonly StoredEdge[]): Uint8Array {
  const recordedAt = Date.parse(edges[0]!.recordedAt)
  const texts = new Map<string, number>()
  const indexOf = (text: string) => {
    if (!texts.has(text)) texts.set(text, texts.size)
    return texts.get(text)!
  }
  const body = new ByteWriter()
  for (const edge of edges) writeEdge(body, edge, recordedAt, indexOf)

  const bytes = new ByteWriter()
  bytes.byte(format)
  bytes.varint(recordedAt)
  bytes.varint(texts.size)
  for (const text of texts.keys()) writeText(bytes, text)
  const packed = body.done()
  bytes.room(packed.length).set(packed)
  return bytes.done()
}

/** The edges of a delta, as they were recorded. */
export function decodeDelta(delta: Uint8Array): StoredEdge[] {
  const { bytes, recordedAt, words } = begun(delta)
  const texts = words.map(textOf)
  const edges: StoredEdge[] = []
  while (!bytes.atEnd) edges.push(readEdge(bytes, recordedAt, texts))
  return edges
}

/** One end of an edge: the number of a node, and the prefix of its id. */
export interface End {
  readonly number: number
  readonly prefix: string
}

/** What a walk needs of a delta: the ends of each edge. Times and texts are passed over. */
export function eachLink(delta: Uint8Array, visit: (kind: number, from: End, to: End) => void): void {
  const { bytes, words } = begun(delta)
  const end = () => {
    const word = words[bytes.varint()]!
    return typeof word === 'string' ? { number: numberOf(word), prefix: word.slice(0, 3) } : word
  }
  while (!bytes.atEnd) {
    const [kind, parts] = [bytes.byte(), bytes.byte()]
    visit(kind, end(), end())
    skipRest(bytes, parts)
  }
}

/** Opens a delta and reads all that stands before its edges. */
function begun(delta: Uint8Array) {
  const bytes = new ByteReader(delta)
  const found = bytes.byte()
  if (found !== format)
    throw new Error(`A delta has format ${found}; this code reads format ${format}. Deploy a newer one.`)
  const recordedAt = bytes.varint()
  return { bytes, recordedAt, words: Array.from({ length: bytes.varint() }, () => readWord(bytes)) }
}

function writeEdge(bytes: ByteWriter, edge: StoredEdge, recordedAt: number, indexOf: (text: string) => number) {
  const at = Date.parse(edge.at)
  bytes.byte(edgeKinds.indexOf(edge.kind))
  bytes.byte(
    (edge.stated ? has.stated : 0) |
      (at === recordedAt ? 0 : has.at) |
      (edge.until === undefined ? 0 : has.until) |
      (edge.quantity === undefined ? 0 : has.quantity) |
      (edge.unit === undefined ? 0 : has.unit) |
      (edge.itemId === undefined ? 0 : has.item) |
      (edge.party === undefined ? 0 : has.party),
  )
  bytes.varint(indexOf(edge.from))
  bytes.varint(indexOf(edge.to))
  bytes.varint(indexOf(edge.fact.entityId))
  bytes.varint(edge.fact.version)
  if (at !== recordedAt) bytes.signed(at - recordedAt)
  if (edge.until !== undefined) bytes.signed(Date.parse(edge.until) - recordedAt)
  if (edge.quantity !== undefined) writeDecimal(bytes, edge.quantity)
  for (const text of [edge.unit, edge.itemId, edge.party]) if (text !== undefined) bytes.varint(indexOf(text))
}

function readEdge(bytes: ByteReader, recordedAt: number, texts: readonly string[]): StoredEdge {
  const [kind, parts] = [edgeKinds[bytes.byte()]!, bytes.byte()]
  const text = () => texts[bytes.varint()]!
  const instant = (time: number) => new Date(time).toISOString()
  const [from, to] = [text(), text()]
  const fact = { entityId: text(), version: bytes.varint() }
  return {
    ...{ kind, from, to, fact },
    at: instant(recordedAt + (parts & has.at ? bytes.signed() : 0)),
    recordedAt: instant(recordedAt),
    ...(parts & has.stated ? { stated: true } : {}),
    ...(parts & has.until ? { until: instant(recordedAt + bytes.signed()) } : {}),
    ...(parts & has.quantity ? { quantity: readDecimal(bytes) } : {}),
    ...(parts & has.unit ? { unit: text() } : {}),
    ...(parts & has.item ? { itemId: text() } : {}),
    ...(parts & has.party ? { party: text() } : {}),
  }
}

/** Passes over all of an edge after its ends, as `readEdge` reads it. */
function skipRest(bytes: ByteReader, parts: number) {
  const numbers = 2 + bit(parts, has.at) + bit(parts, has.until)
  for (let n = 0; n < numbers; n += 1) bytes.varint()
  if (parts & has.quantity) readDecimal(bytes)
  const texts = bit(parts, has.unit) + bit(parts, has.item) + bit(parts, has.party)
  for (let n = 0; n < texts; n += 1) bytes.varint()
}

const bit = (parts: number, one: number) => (parts & one ? 1 : 0)

/** An id takes some fourteen bytes instead of thirty where it is a node's, else 24. */
function writeText(bytes: ByteWriter, text: string) {
  if (!id.test(text)) {
    bytes.byte(asText)
    bytes.text(text)
    return
  }
  bytes.byte(asId)
  bytes.text(text.slice(0, 3))
  for (const [from, to] of digits) bytes.varint(crockford.decode(text.slice(from, to)))
}

/** An id in its parts, or another text. */
type Word = string | (End & { readonly time: number; readonly upper: number })

function readWord(bytes: ByteReader): Word {
  if (bytes.byte() === asText) return bytes.text()
  return { prefix: bytes.text(), time: bytes.varint(), upper: bytes.varint(), number: bytes.varint() }
}

function textOf(word: Word): string {
  if (typeof word === 'string') return word
  const { prefix, time, upper, number } = word
  return `${prefix}_${[time, upper, number].map((part, n) => crockford.encode(part, digits[n]![1] - digits[n]![0])).join('')}`
}

/** Time, the high half of what follows it (nothing in a node's id), and the low half (its number). */
const digits = [
  [4, 14],
  [14, 22],
  [22, 30],
] as const
