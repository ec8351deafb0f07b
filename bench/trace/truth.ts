import { createHash } from 'node:crypto'
import type { Graph } from './history.ts'

export type Direction = 'forward' | 'backward'

/**
 * What a seed touches, its own number among them, ascending: the edges are gone through until nothing changes. It
 * shares no idea with the engines that it judges: no order of numbers, no adjacency, no queue.
 */
export function truth({ length, from, to, end }: Graph, seed: number, direction: Direction): Uint32Array {
  const [here, next] = direction === 'forward' ? [from, to] : [to, from]
  const reached = new Uint8Array(end)
  reached[seed] = 1
  for (let changed = true; changed; ) {
    changed = false
    for (let edge = 0; edge < length; edge += 1)
      if (reached[here[edge]!] === 1 && reached[next[edge]!] === 0) {
        reached[next[edge]!] = 1
        changed = true
      }
  }
  return Uint32Array.from(reached.keys()).filter((number) => reached[number] === 1)
}

/** SHA-256 of numbers in ascending order, as 32-bit little-endian words. */
export const digest = (ascending: Uint32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(ascending.buffer, ascending.byteOffset, ascending.byteLength))
    .digest('hex')
