const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder()

/** Writes numbers and texts in few bytes; what it wrote is read by `ByteReader` in the same order. */
export class ByteWriter {
  private bytes = new Uint8Array(256)
  private length = 0

  /** The next so many bytes, to be filled by the caller. */
  room(count: number): Uint8Array {
    if (this.length + count > this.bytes.length) {
      const more = new Uint8Array(2 * (this.length + count))
      more.set(this.bytes.subarray(0, this.length))
      this.bytes = more
    }
    this.length += count
    return this.bytes.subarray(this.length - count, this.length)
  }
  append(bytes: Uint8Array) {
    this.room(bytes.length).set(bytes)
  }
  byte(value: number) {
    if (this.length === this.bytes.length) this.room(1)[0] = value
    else this.bytes[this.length++] = value
  }
  /** A whole number from 0 to 2^53, seven bits a byte, lowest first. */
  varint(value: number) {
    let left = value
    for (; left >= 0x80; left = Math.floor(left / 0x80)) this.byte((left % 0x80) | 0x80)
    this.byte(left)
  }
  /** A whole number of either sign. */
  signed(value: number) {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value)
  }
  float(value: number) {
    const room = this.room(8)
    new DataView(room.buffer, room.byteOffset).setFloat64(0, value)
  }
  text(value: string) {
    const encoded = textEncoder.encode(value)
    this.varint(encoded.length)
    this.room(encoded.length).set(encoded)
  }
  done(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }
}

/** Reads what `ByteWriter` wrote; fails where the bytes end too early. */
export class ByteReader {
  private at = 0
  private readonly bytes: Uint8Array
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
  get atEnd(): boolean {
    return this.at >= this.bytes.length
  }
  take(count: number): Uint8Array {
    if (this.at + count > this.bytes.length) throw new Error(`The bytes end at ${this.bytes.length}; they were cut.`)
    this.at += count
    return this.bytes.subarray(this.at - count, this.at)
  }
  /** All that was not read yet. */
  rest(): Uint8Array {
    return this.take(this.bytes.length - this.at)
  }
  byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new Error(`The bytes end at ${this.bytes.length}; they were cut.`)
    return byte
  }
  varint(): number {
    let value = 0
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.byte()
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
    }
  }
  signed(): number {
    const value = this.varint()
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }
  float(): number {
    const room = this.take(8)
    return new DataView(room.buffer, room.byteOffset).getFloat64(0)
  }
  text(): string {
    return textDecoder.decode(this.take(this.varint()))
  }
}

/** Marks a number that is no decimal of at most six places below 2^53. */
export const asFloat = 7

/** Writes how many decimal places a number has, and the number without its point. */
export function writeDecimal(bytes: ByteWriter, value: number) {
  const { places, whole } = decimalOf(value)
  bytes.byte(places)
  if (places === asFloat) bytes.float(value)
  else bytes.varint(whole)
}

/** Reads what `writeDecimal` wrote. */
export function readDecimal(bytes: ByteReader): number {
  const places = bytes.byte()
  return places === asFloat ? bytes.float() : bytes.varint() / 10 ** places
}

/** A number as decimal places and what it is without its point; with `asFloat` places where it is no such decimal. */
export function decimalOf(value: number): { readonly places: number; readonly whole: number } {
  for (let places = 0; places < asFloat; places += 1) {
    const whole = Math.round(value * 10 ** places)
    if (whole >= 0 && whole <= Number.MAX_SAFE_INTEGER && whole / 10 ** places === value) return { places, whole }
  }
  return { places: asFloat, whole: 0 }
}
