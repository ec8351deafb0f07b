import { keys, tailShards } from '#kit/keys'
import { type Pairs, passing } from '../genealogy/columns.ts'
import { decodeDelta, type End, eachLink } from '../genealogy/delta.ts'
import { prefixCodeOf } from '../genealogy/nodes.ts'
import type { Piece } from '../genealogy/piece.ts'
import { pieceOf } from '../genealogy/recorded.ts'
import { eachOf } from './dynamo.ts'
import { type GenealogyStore, type Head, tailKeys } from './genealogy-store.ts'

/** Calls under way at once. */
const width = 16

/** What is not sealed yet, as a trace needs it. */
export interface Unsealed {
  readonly pairs: Pairs
  /** Code of the prefix of a node's id; undefined for a node that no edge here names. */
  prefixOf(number: number): number | undefined
  /** The edges with all that was recorded of them; made when they are first asked for. */
  piece(): Piece
}

/** A delta and what a walk needs of it. */
interface Known {
  readonly bytes: Uint8Array
  readonly links: readonly Link[]
}

interface Link {
  readonly kind: number
  readonly from: End
  readonly to: End
}

type Deltas = ReadonlyMap<string, Known>

/**
 * The unsealed edges as a warm function keeps them. The copies of the epoch count the commands of each partition in
 * their own transactions, and a delta never changes: a partition that holds as many as are counted holds nothing new.
 * Tails that ended are not counted and read each time; a seal is about to take them away.
 */
export class Unsealeds {
  private readonly store: GenealogyStore
  private known: ReadonlyMap<string, Deltas> = new Map()
  private unsealed: Unsealed = madeOf(this.known)

  constructor(store: GenealogyStore) {
    this.store = store
  }

  async at({ manifest, tail, counts }: Head): Promise<Unsealed> {
    const counted = new Map(Array.from({ length: tailShards }, (_, shard) => [keys.tail(tail, shard), counts[shard]!]))
    const now = new Map<string, Deltas>()
    const { known, unsealed } = this
    await eachOf(tailKeys(manifest.sealed, tail), width, async (pk) => {
      const before = known.get(pk)
      if ((before?.size ?? 0) === counted.get(pk)) {
        if (before) now.set(pk, before)
        return
      }
      const deltas = await this.store.deltas(pk)
      if (deltas.length === before?.size) now.set(pk, before)
      else now.set(pk, new Map(deltas.map(({ sk, bytes }) => [sk, before?.get(sk) ?? knownOf(bytes)])))
    })
    if (now.size === known.size && [...now].every(([pk, deltas]) => known.get(pk) === deltas)) return unsealed
    const made = madeOf(now)
    this.known = now
    this.unsealed = made
    return made
  }
}

function knownOf(bytes: Uint8Array): Known {
  const links: Link[] = []
  eachLink(bytes, (kind, from, to) => links.push({ kind, from, to }))
  return { bytes, links }
}

function madeOf(tails: ReadonlyMap<string, Deltas>): Unsealed {
  const deltas = [...tails.values()].flatMap((some) => [...some.values()])
  const prefixes = new Map<number, string>()
  const [from, to]: [number[], number[]] = [[], []]
  for (const { links } of deltas)
    for (const link of links) {
      prefixes.set(link.from.number, link.from.prefix)
      prefixes.set(link.to.number, link.to.prefix)
      if (!passing[link.kind]) continue
      from.push(link.from.number)
      to.push(link.to.number)
    }
  let piece: Piece | undefined
  return {
    pairs: { length: from.length, from: Uint32Array.from(from), to: Uint32Array.from(to) },
    prefixOf: (number) => {
      const prefix = prefixes.get(number)
      return prefix === undefined ? undefined : prefixCodeOf(prefix)
    },
    piece: () => (piece ??= pieceOf(deltas.flatMap(({ bytes }) => decodeDelta(bytes)))),
  }
}
