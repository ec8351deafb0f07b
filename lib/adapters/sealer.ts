import { crc32 } from 'node:zlib'
import type { Ports } from '#kit/ports'
import type { Links } from '../genealogy/columns.ts'
import type { Entry, Manifest } from '../genealogy/manifest.ts'
import type { Piece } from '../genealogy/piece.ts'
import { pieceOf } from '../genealogy/recorded.ts'
import { type Draft, draftSeal, foldsLate, freeSlots, join, latePieces, segmentPiece } from '../genealogy/seal.ts'
import { decodeEdges, decodeParents, encode } from '../genealogy/segment.ts'
import { dynamo, tableName } from './dynamo.ts'
import { closeTail } from './epoch.ts'
import { latePlace, type Place, reportDamage, segmentPlace } from './genealogy-store.ts'
import { SealingStore } from './sealing-store.ts'

/** A seal is due after so many commands, or so many milliseconds with at least one command. */
const due = { commands: 8192, age: 24 * 3600_000 }
/** A seal that takes longer than this is taken for dead, and another may begin. */
const leaseTime = 5 * 60_000

/** Milliseconds after which all that was accepted into a tail that ended can be read; nothing waits for a seal. */
const settled = 5000

/** An old part that is missing or damaged: the seal then makes everything anew from the edge log. */
class Damaged extends Error {}

/** Turns tails into segments, over a store and a way to end the tail that stands. */
export class Sealer {
  private readonly store: SealingStore
  private readonly close: () => Promise<number>

  constructor(store: SealingStore, close: () => Promise<number>) {
    this.store = store
    this.close = close
  }

  /** Seals where it is due and nobody else does; safe to call at any time, and to be killed at any step. */
  async sealIfDue(now: number): Promise<{ readonly sealed: boolean }> {
    const { manifest, tail, counts } = await this.store.head()
    const commands = counts.reduce((sum, count) => sum + count, 0)
    // A tail that ended and is not sealed is what a seal left that was cut short.
    const isDue = commands >= due.commands || tail > manifest.sealed || (commands > 0 && now - manifest.at >= due.age)
    return { sealed: isDue && (await this.seal(now)) }
  }

  /** Seals everything recorded so far; false where another seal is under way. */
  seal(now: number): Promise<boolean> {
    return this.replace(now, async (next, first, fence) => {
      const fresh = pieceOf(await this.store.recorded(first, next.sealed - 1))
      try {
        return await this.append(next, fresh, fence)
      } catch (error) {
        if (!(error instanceof Damaged)) throw error
        reportDamage(error.message)
        return this.piecesAnew(next, fence)
      }
    })
  }

  /** Makes every piece anew from the edge log, whatever stands there; false where a seal is under way. */
  rebuild(now: number): Promise<boolean> {
    return this.replace(now, (next, _, fence) => this.piecesAnew(next, fence))
  }

  /** Puts a new manifest in the place of the one that stands; `first` is the first tail that was not sealed. */
  private async replace(
    now: number,
    make: (next: Manifest, first: number, fence: number) => Promise<Manifest>,
  ): Promise<boolean> {
    const fence = await this.store.lease(now, leaseTime)
    if (fence === undefined) return false
    // From here on no transaction can write into a tail before this one.
    const sealed = await this.close()
    const { manifest } = await this.store.head()
    const next = { ...manifest, version: manifest.version + 1, at: now, sealed }
    await this.store.commit(await make(next, manifest.sealed, fence), fence)
    return true
  }

  /** Adds what is fresh to the pieces that stand. */
  private async append(next: Manifest, fresh: Piece, fence: number): Promise<Manifest> {
    const folds = foldsLate(next)
    const late = folds
      ? await this.pieces(next.late.map((entry) => [latePlace(entry, 'parents'), latePlace(entry, 'rest')]))
      : []
    const draft = draftSeal(next, join([fresh, ...late]), folds)
    const segments = await this.writeSegments(next, draft, true, fence)
    if (folds) return { ...next, segments, late: [] }
    const runs = latePieces(draft, await this.known(next, draft))
    const slots = freeSlots(next.late, runs.length)
    const added: Entry[] = []
    for (const [n, run] of runs.entries())
      added.push(await this.write(run, slots[n]!, (entry, name) => latePlace(entry, name), fence))
    return { ...next, segments, late: [...next.late, ...added] }
  }

  /** Every piece from the edge log, in the places that nobody reads. */
  private async piecesAnew(next: Manifest, fence: number): Promise<Manifest> {
    const log = pieceOf(await this.store.recorded(0, next.sealed - 1))
    const draft = draftSeal(next, log, true)
    return { ...next, segments: await this.writeSegments(next, draft, false, fence), late: [] }
  }

  private async writeSegments({ segments }: Manifest, draft: Draft, keepsOld: boolean, fence: number) {
    const entries = [...segments]
    for (const segment of draft.written.keys()) {
      while (entries.length < segment) entries.push(undefined)
      const old = segments[segment]
      const [held] =
        old && keepsOld
          ? await this.pieces([[segmentPlace(segment, old, 'parents'), segmentPlace(segment, old, 'rest')]])
          : []
      const piece = segmentPiece(draft, segment, held)
      const slot = old ? 1 - old.slot : 0
      entries[segment] = await this.write(piece, slot, (entry, name) => segmentPlace(segment, entry, name), fence)
    }
    return entries
  }

  private async write(
    piece: Piece,
    slot: number,
    placeOf: (entry: Entry, name: 'parents' | 'rest') => Place,
    fence: number,
  ): Promise<Entry> {
    const stored = encode(piece)
    const part = (bytes: Uint8Array) => ({ bytes: bytes.length, crc: crc32(bytes) })
    const entry: Entry = {
      ...{ slot, nodes: piece.nodes.numbers.length, edges: piece.edges.length },
      ...{ parents: part(stored.parents), rest: part(stored.edges) },
    }
    await this.store.write(placeOf(entry, 'parents'), stored.parents, fence)
    await this.store.write(placeOf(entry, 'rest'), stored.edges, fence)
    return entry
  }

  /** What the pieces that stay as they are know of nodes. */
  private async known({ segments, late }: Manifest, { consulted }: Draft): Promise<Links[]> {
    const places = [
      ...consulted.map((segment) => segmentPlace(segment, segments[segment]!, 'parents')),
      ...late.map((entry) => latePlace(entry, 'parents')),
    ]
    return (await this.read(places)).map((bytes) => decodeParents(bytes))
  }

  private async pieces(places: readonly (readonly [Place, Place])[]): Promise<Piece[]> {
    const read = await this.read(places.flat())
    return places.map((_, n) => decodeEdges(read[2 * n + 1]!, decodeParents(read[2 * n]!)))
  }

  private async read(places: readonly Place[]): Promise<Uint8Array[]> {
    const found = await this.store.parts(places)
    const lacking = places.find((place) => !found.has(place))
    if (lacking) throw new Damaged(`${lacking.pk} ${lacking.name} ${lacking.slot}`)
    return places.map((place) => found.get(place)!)
  }
}

const ofTheTable = () => new Sealer(new SealingStore(dynamo, tableName), () => closeTail(settled))

/** The sealer of the one table. */
export const sealer: Ports['sealer'] = { seal: () => ofTheTable().sealIfDue(Date.now()) }

/** Makes the sealed genealogy of the one table anew from its edge log; false where a seal is under way. */
export const rebuildGenealogy = (): Promise<boolean> => ofTheTable().rebuild(Date.now())
