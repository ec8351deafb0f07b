import { segmentSize } from '#kit/node'
import { ByteReader, ByteWriter } from './bytes.ts'

/** How the nodes of a mark are written: one bit each, or as the gaps between them where that is shorter. */
const asBits = 0
const asGaps = 1

/**
 * A freeze of nodes of one segment that counts from an epoch on; immutable, at most some 520 bytes.
 * `places` are numbers within the segment, each once, in any order.
 */
export function encodeMark(epoch: number, places: readonly number[]): Uint8Array {
  const sorted = [...places].sort((a, b) => a - b)
  const [bits, gaps] = [bitsOf(sorted), gapsOf(sorted)]
  const mark = new ByteWriter()
  mark.varint(epoch)
  mark.byte(bits.length < gaps.length ? asBits : asGaps)
  const shorter = bits.length < gaps.length ? bits : gaps
  mark.room(shorter.length).set(shorter)
  return mark.done()
}

/** What a mark says: the epoch from which it counts, and the nodes by their places in the segment. */
export function decodeMark(mark: Uint8Array): { readonly epoch: number; has(place: number): boolean } {
  const bytes = new ByteReader(mark)
  const epoch = bytes.varint()
  if (bytes.byte() === asBits) {
    const bits = bytes.rest()
    return { epoch, has: (place) => ((bits[place >> 3] ?? 0) & (1 << (place & 7))) !== 0 }
  }
  const places = new Set<number>()
  for (let place = -1; !bytes.atEnd; ) {
    place += bytes.varint() + 1
    places.add(place)
  }
  return { epoch, has: (place) => places.has(place) }
}

/** One bit a place, as far as the last one. */
function bitsOf(sorted: readonly number[]): Uint8Array {
  const bits = new Uint8Array(segmentSize / 8)
  for (const place of sorted) bits[place >> 3]! |= 1 << (place & 7)
  return bits.subarray(0, ((sorted.at(-1) ?? -8) >> 3) + 1)
}

function gapsOf(sorted: readonly number[]): Uint8Array {
  const gaps = new ByteWriter()
  for (const [index, place] of sorted.entries()) gaps.varint(place - (sorted[index - 1] ?? -1) - 1)
  return gaps.done()
}
