import { segmentSize } from './columns.ts'

const bytesASegment = segmentSize / 8

/** A set of node numbers, one bit each; bit n is bit `n & 7` of byte `n >>> 3`. */
export class Bits {
  private bytes: Uint8Array

  /** Room for numbers below `size`; it grows when a higher one is added. */
  constructor(size = 0) {
    this.bytes = new Uint8Array(Math.ceil(size / segmentSize) * bytesASegment)
  }

  static of(numbers: Iterable<number>): Bits {
    const bits = new Bits()
    for (const number of numbers) bits.add(number)
    return bits
  }

  has(number: number): boolean {
    return ((this.bytes[number >>> 3] ?? 0) & (1 << (number & 7))) !== 0
  }

  add(number: number): void {
    if (number >>> 3 >= this.bytes.length) this.grow(number)
    this.bytes[number >>> 3]! |= 1 << (number & 7)
  }

  /** Adds every number whose state is this one. */
  addAll(states: Uint8Array, state: number): void {
    if (states.length > this.bytes.length * 8) this.grow(states.length - 1)
    for (let number = 0; number < states.length; number += 1)
      if (states[number] === state) this.bytes[number >>> 3]! |= 1 << (number & 7)
  }

  get count(): number {
    return countOf(this.words())
  }

  /** Numbers of one segment. */
  countIn(segment: number): number {
    const [begin, length] = [segment * bytesASegment, bytesASegment / 4]
    return begin < this.bytes.length ? countOf(this.words().subarray(begin / 4, begin / 4 + length)) : 0
  }

  /** The numbers in it, ascending. */
  numbers(): Uint32Array {
    const words = this.words()
    const numbers = new Uint32Array(this.count)
    let length = 0
    // Most words of a small answer are empty.
    for (let index = 0; index < words.length; index += 1)
      for (let left = words[index]!; left !== 0; left &= left - 1)
        numbers[length++] = index * 32 + 31 - Math.clz32(left & -left)
    return numbers
  }

  /** The same bits 32 at a time, the lowest byte first, as every processor of Lambda has them. */
  private words(): Uint32Array {
    return new Uint32Array(this.bytes.buffer)
  }

  /** The numbers that are in it now, ascending. */
  [Symbol.iterator](): Iterator<number> {
    return this.numbers().values()
  }

  /** Segments with at least one number in the set, ascending; segment n holds the numbers from n * 4,096. */
  segments(): number[] {
    const all = Array.from({ length: this.bytes.length / bytesASegment }, (_, segment) => segment)
    return all.filter((segment) => this.slice(segment).some((byte) => byte !== 0))
  }

  /** The 512 bytes of one segment, as a freeze stores them; they share memory with the set. */
  slice(segment: number): Uint8Array {
    const begin = segment * bytesASegment
    return begin < this.bytes.length ? this.bytes.subarray(begin, begin + bytesASegment) : new Uint8Array(bytesASegment)
  }

  private grow(number: number) {
    const segments = Math.max(Math.floor(number / segmentSize) + 1, (this.bytes.length / bytesASegment) * 1.5)
    const bytes = new Uint8Array(Math.ceil(segments) * bytesASegment)
    bytes.set(this.bytes)
    this.bytes = bytes
  }
}

function countOf(words: Uint32Array): number {
  let sum = 0
  for (let index = 0; index < words.length; index += 1)
    for (let left = words[index]!; left !== 0; left &= left - 1) sum += 1
  return sum
}
