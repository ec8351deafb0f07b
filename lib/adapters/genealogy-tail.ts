import { keys, tailShards } from '#kit/keys'
import type { StoredEdge } from '#kit/ports'
import { type Pairs, passingPairs } from '../genealogy/columns.ts'
import { decodeDelta } from '../genealogy/delta.ts'
import type { Piece } from '../genealogy/piece.ts'
import { pieceOf } from '../genealogy/recorded.ts'
import { eachOf } from './dynamo.ts'
import { type GenealogyStore, type Head, tailKeys } from './genealogy-store.ts'

/** Calls under way at once. */
const width = 16

/** What is not sealed yet, as a trace needs it. */
export interface Unsealed {
  readonly piece: Piece
  readonly pairs: Pairs
}

type Deltas = ReadonlyMap<string, readonly StoredEdge[]>

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
      else now.set(pk, new Map(deltas.map(({ sk, bytes }) => [sk, before?.get(sk) ?? decodeDelta(bytes)])))
    })
    if (now.size === known.size && [...now].every(([pk, deltas]) => known.get(pk) === deltas)) return unsealed
    const made = madeOf(now)
    this.known = now
    this.unsealed = made
    return made
  }
}

function madeOf(tails: ReadonlyMap<string, Deltas>): Unsealed {
  const piece = pieceOf([...tails.values()].flatMap((deltas) => [...deltas.values()].flat()))
  return { piece, pairs: passingPairs(piece.edges) }
}
