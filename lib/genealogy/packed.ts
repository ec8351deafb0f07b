import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib'
import { ByteReader, ByteWriter } from './bytes.ts'

/** Level 10 of 11: a tenth smaller than 9, while 11 takes twice the time for a hundredth. What fits one write unit gains nothing. */
const levelFor = (bytes: Uint8Array) => (bytes.length < 1024 ? 5 : 10)
/** Low bytes that have more bits of information than this are not worth the time that their reader takes. */
const random = 7
/** A high byte of this value says that the rest of the number stands apart. */
const far = 255

/** How the bytes of a column stand in a piece, one bit each. */
const has = { plainLow: 1, high: 2 } as const

/**
 * Joins columns of whole numbers from 0 to 2^53 into one piece. A column is split into the low bytes of its numbers,
 * their high bytes, and what is left of the few that are larger: the low ones of most columns are chance and stay as
 * they are, all the rest is compressed in one go.
 */
export function pack(columns: readonly ArrayLike<number>[]): Uint8Array {
  const out = new ByteWriter()
  const soft = new ByteWriter()
  const plain = new ByteWriter()
  out.varint(columns.length)
  for (const column of columns) {
    const { low, high, rest } = split(column)
    const form = (informationOf(low) > random ? has.plainLow : 0) | (high ? has.high : 0)
    out.varint(column.length * 4 + form)
    ;(form & has.plainLow ? plain : soft).append(low)
    if (!high) continue
    out.varint(rest.length)
    soft.append(high)
    soft.append(rest)
  }
  out.append(plain.done())
  out.append(squeezed(soft.done()))
  return out.done()
}

const squeezed = (bytes: Uint8Array) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: levelFor(bytes), [constants.BROTLI_PARAM_LGWIN]: 18 },
  })

/** The columns that `pack` joined. */
export class Columns {
  private readonly parts: readonly Planes[]

  constructor(bytes: Uint8Array) {
    const reader = new ByteReader(bytes)
    const heads = Array.from({ length: reader.varint() }, () => {
      const head = reader.varint()
      const form = head % 4
      return { length: (head - form) / 4, form, rest: form & has.high ? reader.varint() : 0 }
    })
    const plain = heads.map(({ length, form }) => (form & has.plainLow ? reader.take(length) : undefined))
    const soft = new ByteReader(brotliDecompressSync(reader.rest()))
    this.parts = heads.map(({ length, form, rest }, n) => ({
      low: plain[n] ?? soft.take(length),
      high: form & has.high ? soft.take(length) : undefined,
      rest: soft.take(rest),
    }))
  }

  get length(): number {
    return this.parts.length
  }

  /** Everything as it was before it was compressed. */
  content(): Buffer {
    const planes = this.parts.flatMap(({ low, high = empty.low, rest }) => [low, high, rest])
    return Buffer.concat([Buffer.from(planes.map(({ length }) => length).join()), ...planes])
  }

  /** A column of numbers below 2^32; one that the writer did not know yet is empty. */
  numbers(column: number): Uint32Array {
    const { low, high, rest } = this.parts[column] ?? empty
    const numbers = new Uint32Array(low)
    if (!high) return numbers
    const reader = new ByteReader(rest)
    for (let at = 0; at < numbers.length; at += 1) {
      const upper = high[at]!
      numbers[at]! += 256 * (upper < far ? upper : far + reader.varint())
    }
    return numbers
  }

  /** The same, without a copy where each number fits a byte. */
  small(column: number): Uint8Array | Uint32Array {
    const { low, high } = this.parts[column] ?? empty
    return high ? this.numbers(column) : low
  }

  /** A column of any whole numbers. */
  large(column: number): Float64Array {
    const { low, high, rest } = this.parts[column] ?? empty
    const numbers = new Float64Array(low)
    const reader = new ByteReader(rest)
    for (let at = 0; high && at < numbers.length; at += 1)
      numbers[at]! += 256 * (high[at]! < far ? high[at]! : far + reader.varint())
    return numbers
  }
}

interface Planes {
  readonly low: Uint8Array
  /** Absent where all are 0. */
  readonly high: Uint8Array | undefined
  readonly rest: Uint8Array
}

const empty: Planes = { low: new Uint8Array(0), high: undefined, rest: new Uint8Array(0) }

function split(column: ArrayLike<number>): Planes {
  const low = new Uint8Array(column.length)
  const high = new Uint8Array(column.length)
  const rest = new ByteWriter()
  let any = false
  for (let at = 0; at < column.length; at += 1) {
    const number = column[at]!
    const upper = Math.floor(number / 256)
    low[at] = number % 256
    high[at] = Math.min(upper, far)
    if (upper >= far) rest.varint(upper - far)
    any ||= upper > 0
  }
  return { low, high: any ? high : undefined, rest: rest.done() }
}

/** Bits a byte, each by itself (Shannon's entropy); few bytes say little about chance. */
function informationOf(bytes: Uint8Array): number {
  if (bytes.length < 256) return 0
  const counts = new Uint32Array(256)
  for (const byte of bytes) counts[byte]! += 1
  return counts.reduce(
    (sum, count) => sum + (count > 0 ? (count / bytes.length) * Math.log2(bytes.length / count) : 0),
    0,
  )
}

/** Folds numbers of either sign, the small ones staying small. */
export const folded = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
export const unfolded = (value: number): number => (value % 2 === 1 ? -(value + 1) / 2 : value / 2)

/** The same for differences of numbers below 2^32, which may wrap. */
export const foldedWord = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0
export const unfoldedWord = (value: number): number => (value >>> 1) ^ -(value & 1)
