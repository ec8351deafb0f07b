import { crc32 } from 'node:zlib'
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  type DynamoDBDocumentClient,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb'
import { keys, tailShards } from '#kit/keys'
import type { StoredEdge } from '#kit/ports'
import { decodeDelta } from '../genealogy/delta.ts'
import { decodeManifest, type Entry, emptyManifest, type Manifest, type Part } from '../genealogy/manifest.ts'
import { eachOf } from './dynamo.ts'

/** An item may have 400 KB; a part that is larger takes several. */
export const itemBytes = 380_000
/** Bytes asked for in one BatchGet, so that one slow answer does not hold up much. */
const callBytes = 1_000_000
const callKeys = 100
/** Calls under way at once. */
const width = 16
/** Decoded deltas that a warm function keeps: more than a tail has when its seal is due. */
const keptDeltas = 16_384

/** What is stored of a piece: its walk part and its rest. */
export type PartName = 'parents' | 'rest'

/** A stored part of a piece: where it stands and what should be there. */
export interface Place {
  readonly pk: string
  readonly name: PartName
  readonly slot: number
  readonly part: Part
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
  /** A delta never changes: what was decoded of the tails that were read last. */
  private decoded: ReadonlyMap<string, StoredEdge[]> = new Map()
  protected readonly client: Client
  protected readonly tableName: () => string

  constructor(client: Client, tableName: () => string) {
    this.client = client
    this.tableName = tableName
  }

  /**
   * What is sealed, and the epoch in which commands write now. Every edge acknowledged before is in the pieces of
   * this manifest or in a tail from its `sealed` up to this epoch, whichever of the two was read first.
   */
  async head(): Promise<{ readonly manifest: Manifest; readonly epoch: number }> {
    const [manifest, epoch] = [keys.manifest, keys.epoch(0)].map((pk) => ({ pk, sk: keys.state }))
    const found = await this.batch([manifest!, epoch!])
    const stored = found.get(textOf(manifest!))?.manifest
    return {
      manifest: stored ? decodeManifest(stored as Uint8Array) : emptyManifest,
      epoch: Number(found.get(textOf(epoch!))?.epoch ?? 0),
    }
  }

  /** Edges that were recorded in the epochs from `first` up to and including `last`. */
  async recorded(first: number, last: number): Promise<StoredEdge[]> {
    const tails = Array.from({ length: Math.max(0, last - first + 1) * tailShards }, (_, n) =>
      keys.tail(first + Math.floor(n / tailShards), n % tailShards),
    )
    const edges: StoredEdge[] = []
    const seen = new Map<string, StoredEdge[]>()
    await eachOf(tails, width, async (pk) => {
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
        for (const { sk, delta } of page.Items ?? []) {
          const key = `${pk} ${sk}`
          const decoded = this.decoded.get(key) ?? decodeDelta(delta as Uint8Array)
          seen.set(key, decoded)
          edges.push(...decoded)
        }
        from = page.LastEvaluatedKey
      } while (from)
    })
    this.decoded = seen.size <= keptDeltas ? seen : new Map()
    return edges
  }

  /** Reads parts; one that is missing, or is not what its entry says, is not in the answer. */
  async parts(places: readonly Place[]): Promise<Map<Place, Uint8Array>> {
    const found = new Map<string, Record<string, unknown>>()
    await eachOf(calls(places), width, async (wanted) => {
      for (const [key, item] of await this.batch(wanted)) found.set(key, item)
    })
    const whole = new Map<Place, Uint8Array>()
    for (const place of places) {
      const items = itemKeys(place).map((key) => found.get(textOf(key))?.bytes as Uint8Array | undefined)
      const bytes = Buffer.concat(items.filter((item) => item !== undefined))
      if (bytes.length === place.part.bytes && crc32(bytes) === place.part.crc) whole.set(place, bytes)
    }
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

/** Distributes the items of parts over calls. */
function calls(places: readonly Place[]): Key[][] {
  const packed: Key[][] = []
  let room = 0
  for (const place of places)
    for (const key of itemKeys(place)) {
      const bytes = Math.min(place.part.bytes, itemBytes)
      if (room < bytes || packed.at(-1)!.length === callKeys) {
        packed.push([])
        room = callBytes
      }
      packed.at(-1)!.push(key)
      room -= bytes
    }
  return packed
}
