import { crc32 } from 'node:zlib'
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  type DynamoDBDocumentClient,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb'
import { keys, tailShards } from '#kit/keys'
import type { StoredEdge } from '#kit/ports'
import { tailCopies } from '#kit/settle'
import { decodeDelta } from '../genealogy/delta.ts'
import { decodeManifest, type Entry, emptyManifest, type Manifest, type Part } from '../genealogy/manifest.ts'
import { eachOf } from './dynamo.ts'
import { countIn } from './items.ts'

/** An item may have 400 KB; a part that is larger takes several. */
export const itemBytes = 380_000
/** Bytes asked for in one BatchGet, so that one slow answer does not hold up much. */
const callBytes = 1_000_000
const callKeys = 100
/** Calls under way at once. */
const width = 16

/** What is stored of a piece: its walk part and its rest. */
export type PartName = 'parents' | 'rest'

/** A stored part of a piece: where it stands and what should be there. */
export interface Place {
  readonly pk: string
  readonly name: PartName
  readonly slot: number
  readonly part: Part
}

/** The state of the genealogy at one moment. */
export interface Head {
  readonly manifest: Manifest
  /** The tail into which commands write now. */
  readonly tail: number
  /** How many commands recorded edges in it, by shard. */
  readonly counts: readonly number[]
}

/** A delta of a tail; it never changes. */
export interface Delta {
  readonly sk: string
  readonly bytes: Uint8Array
}

interface Key {
  readonly pk: string
  readonly sk: string
}

/** The client as the store uses it; a wrapper may count what goes through. */
export type Client = Pick<DynamoDBDocumentClient, 'send'>

export const segmentPlace = (segment: number, entry: Entry, name: PartName): Place => ({
  ...{ pk: keys.segment(segment), name, slot: entry.slot, part: entry[name] },
})
export const latePlace = (entry: Entry, name: PartName): Place => ({
  ...{ pk: keys.late(entry.slot), name, slot: 0, part: entry[name] },
})

/** Tells what was read apart from what is stored there now. */
export const placeKey = ({ pk, name, slot, part }: Place) => `${pk} ${name} ${slot} ${part.crc}`

/** Keys of the items that hold a part. */
export const itemKeys = ({ pk, name, slot, part }: Place): Key[] =>
  Array.from({ length: Math.max(1, Math.ceil(part.bytes / itemBytes)) }, (_, n) => ({
    pk,
    sk: `${name.toUpperCase()}#${slot}${n === 0 ? '' : `#${n}`}`,
  }))

const textOf = ({ pk, sk }: Key) => `${pk}\n${sk}`

/** Counts a damaged part in CloudWatch, whose alarm calls a person, by one log line (embedded metric format) that names it. */
export function reportDamage(part: string): void {
  const metric = { Namespace: 'lotline', Dimensions: [[]], Metrics: [{ Name: 'GenealogyDamaged', Unit: 'Count' }] }
  const line = { _aws: { Timestamp: Date.now(), CloudWatchMetrics: [metric] }, part, GenealogyDamaged: 1 }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** The genealogy's items in the table. All reads are strongly consistent. */
export class GenealogyStore {
  private decoded: { readonly bytes: Uint8Array; readonly manifest: Manifest } = {
    bytes: new Uint8Array(0),
    manifest: emptyManifest,
  }
  protected readonly client: Client
  protected readonly tableName: () => string

  constructor(client: Client, tableName: () => string) {
    this.client = client
    this.tableName = tableName
  }

  /**
   * What is sealed, and what is not. Every edge acknowledged before is in the pieces of this manifest or in a tail from
   * its `sealed` up to `tail`, whichever of the two was read first; and its command is counted if it is in `tail`.
   */
  async head(): Promise<Head> {
    const manifestKey = { pk: keys.manifest, sk: keys.state }
    const copyKeys = Array.from({ length: tailCopies }, (_, copy) => ({ pk: keys.epoch(copy), sk: keys.state }))
    for (;;) {
      const found = await this.batch([manifestKey, ...copyKeys])
      const copies = copyKeys.map((key) => found.get(textOf(key)))
      const tail = Number(copies[0]?.tail ?? 0)
      // A tail that ended meanwhile is not counted any more.
      if (copies.some((copy) => Number(copy?.tail ?? 0) > tail)) continue
      const counts = Array.from({ length: tailShards }, () => 0)
      for (const [copy, item] of copies.entries()) counts[copy % tailShards]! += Number(item?.[countIn(tail)] ?? 0)
      return {
        manifest: this.manifestOf(found.get(textOf(manifestKey))?.manifest as Uint8Array | undefined),
        tail,
        counts,
      }
    }
  }

  /** Edges that were recorded in the tails from `first` up to and including `last`. */
  async recorded(first: number, last: number): Promise<StoredEdge[]> {
    const edges: StoredEdge[] = []
    await eachOf(tailKeys(first, last), width, async (pk) => {
      for (const { bytes } of await this.deltas(pk)) edges.push(...decodeDelta(bytes))
    })
    return edges
  }

  /** Everything in one partition of a tail. */
  async deltas(pk: string): Promise<Delta[]> {
    const deltas: Delta[] = []
    let from: Record<string, unknown> | undefined
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.tableName(),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead: true,
          ExclusiveStartKey: from,
        }),
      )
      for (const { sk, delta } of page.Items ?? []) deltas.push({ sk, bytes: delta })
      from = page.LastEvaluatedKey
    } while (from)
    return deltas
  }

  private manifestOf(stored: Uint8Array | undefined): Manifest {
    if (!stored) return emptyManifest
    if (Buffer.compare(stored, this.decoded.bytes) !== 0)
      this.decoded = { bytes: stored, manifest: decodeManifest(stored) }
    return this.decoded.manifest
  }

  /**
   * Reads parts and hands over each as soon as its call is answered, so that it is decoded while the others travel.
   * One that is missing, or is not what its entry says, is not handed over.
   */
  async eachPart(places: readonly Place[], take: (place: Place, bytes: Uint8Array) => void): Promise<void> {
    await eachOf(calls(places), width, async (some) => {
      const found = await this.batch(some.flatMap(itemKeys))
      for (const place of some) {
        const items = itemKeys(place).flatMap((key) => (found.get(textOf(key))?.bytes as Uint8Array | undefined) ?? [])
        const bytes = items.length === 1 ? items[0]! : Buffer.concat(items)
        if (bytes.length === place.part.bytes && crc32(bytes) === place.part.crc) take(place, bytes)
      }
    })
  }

  /** The same together. */
  async parts(places: readonly Place[]): Promise<Map<Place, Uint8Array>> {
    const whole = new Map<Place, Uint8Array>()
    await this.eachPart(places, (place, bytes) => whole.set(place, bytes))
    return whole
  }

  private async batch(wanted: readonly Key[]): Promise<Map<string, Record<string, unknown>>> {
    const TableName = this.tableName()
    const found = new Map<string, Record<string, unknown>>()
    let left: BatchGetCommandOutput['UnprocessedKeys'] = {
      [TableName]: { Keys: wanted.map(({ pk, sk }) => ({ pk, sk })), ConsistentRead: true },
    }
    while (left?.[TableName]) {
      const answer: BatchGetCommandOutput = await this.client.send(new BatchGetCommand({ RequestItems: left }))
      for (const item of answer.Responses?.[TableName] ?? []) found.set(textOf(item as unknown as Key), item)
      left = answer.UnprocessedKeys
    }
    return found
  }
}

/** Partitions of the tails from `first` up to and including `last`. */
export const tailKeys = (first: number, last: number): string[] =>
  Array.from({ length: Math.max(0, last - first + 1) * tailShards }, (_, n) =>
    keys.tail(first + Math.floor(n / tailShards), n % tailShards),
  )

/** Distributes parts over calls. */
function calls(places: readonly Place[]): Place[][] {
  const packed: Place[][] = []
  let [room, keysLeft] = [0, 0]
  for (const place of places) {
    const count = itemKeys(place).length
    if (room < place.part.bytes || keysLeft < count) {
      packed.push([])
      room = callBytes
      keysLeft = callKeys
    }
    packed.at(-1)!.push(place)
    room -= place.part.bytes
    keysLeft -= count
  }
  return packed
}
