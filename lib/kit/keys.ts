import type { Entity } from './entity.ts'

/** Partition and sort keys of the one table; nothing else spells them. */
export const keys = {
  state: 'STATE',
  factPrefix: 'FACT#',
  fact: (version: number) => `FACT#${String(version).padStart(12, '0')}`,
  atPrefix: 'AT#',
  at: (place: string) => `AT#${place}`,
  lot: (lotId: string) => `LOT#${lotId}`,
  stockOf: (itemId: string) => `STOCK#${itemId}`,
  answer: (key: string) => `REQUEST#${key}`,
  signIn: (sub: string, id: string) => `SIGNED#${sub}#${id}`,
  unique: (entity: Entity, field: string, value: string) => `KEY#${entity.key}#${field}#${value}`,
  under: (entity: Entity, about: string) => `${entity.key}#OF#${about}`,
  epoch: (copy: number) => `EPOCH#${copy}`,
  frozen: (segment: number) => `FROZEN#SEGMENT#${segment}`,
  numbers: 'GENEALOGY#NUMBERS',
  tail: (tail: number, shard: number) => `GENEALOGY#TAIL#${tail}#${shard}`,
  manifest: 'GENEALOGY#MANIFEST',
  sealer: 'GENEALOGY#SEALER',
  segment: (number: number) => `GENEALOGY#SEGMENT#${number}`,
  late: (slot: number) => `GENEALOGY#LATE#${slot}`,
  passes: (recallId: string) => `RECALL#${recallId}#PASSES`,
  message: (hash: string) => `MESSAGE#${hash}`,
  scope: (recallId: string, shard: number) => `RECALL#${recallId}#${shard}`,
} as const

export const entityKey = (entity: Entity, id: string) => `${entity.key}#${id}`

/** A tail of the genealogy is written to this many partitions, so that none is hot. */
export const tailShards = 4

/** Shard of a text, stable across machines (FNV-1a). */
export function shardOf(text: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0) % shards
}
