import { ByteReader, ByteWriter } from './bytes.ts'

/** What stands where: enough to know that what was read is what was meant. */
export interface Part {
  readonly bytes: number
  readonly crc: number
}

/** A stored piece: its place, and its two parts. */
export interface Entry {
  /** Which of the places for it holds it: 0 or 1 for a segment, any number for a late run. */
  readonly slot: number
  readonly nodes: number
  readonly edges: number
  readonly parents: Part
  readonly rest: Part
}

/** What the genealogy's store holds. */
export interface Manifest {
  /** Rises by one with each seal. */
  readonly version: number
  /** When it was made, milliseconds since 1970. */
  readonly at: number
  /** Tails before this one are in the pieces; nothing is written into them any more. */
  readonly sealed: number
  /** By number of the segment; absent where none of its numbers is known to be a node's. */
  readonly segments: readonly (Entry | undefined)[]
  /** Edges that came after their segments were sealed. */
  readonly late: readonly Entry[]
}

export const emptyManifest: Manifest = { version: 0, at: 0, sealed: 0, segments: [], late: [] }

const format = 1

/** Some twenty bytes a piece, so that a manifest of 50 million edges fits one item. */
export function encodeManifest({ version, at, sealed, segments, late }: Manifest): Uint8Array {
  const bytes = new ByteWriter()
  for (const number of [format, version, at, sealed, segments.length, late.length]) bytes.varint(number)
  for (const entry of [...segments, ...late]) {
    bytes.varint(entry ? entry.slot + 1 : 0)
    if (!entry) continue
    const { nodes, edges, parents, rest } = entry
    for (const number of [nodes, edges, parents.bytes, parents.crc, rest.bytes, rest.crc]) bytes.varint(number)
  }
  return bytes.done()
}

export function decodeManifest(stored: Uint8Array): Manifest {
  const bytes = new ByteReader(stored)
  const found = bytes.varint()
  if (found !== format)
    throw new Error(`The genealogy's manifest has format ${found}; this code reads ${format}. Deploy a newer one.`)
  const [version, at, sealed] = [bytes.varint(), bytes.varint(), bytes.varint()]
  const [segments, late] = [bytes.varint(), bytes.varint()]
  const entries = Array.from({ length: segments + late }, () => readEntry(bytes))
  return { version, at, sealed, segments: entries.slice(0, segments), late: entries.slice(segments) as Entry[] }
}

function readEntry(bytes: ByteReader): Entry | undefined {
  const slot = bytes.varint() - 1
  if (slot < 0) return undefined
  const part = () => ({ bytes: bytes.varint(), crc: bytes.varint() })
  return { slot, nodes: bytes.varint(), edges: bytes.varint(), parents: part(), rest: part() }
}
