import type { Deciding } from '../../lib/kit/command.ts'
import type { Entity } from '../../lib/kit/entity.ts'
import { idsOf, type Reads, roundsOf } from '../../lib/kit/reads.ts'
import type { Write } from '../../lib/kit/table.ts'
import type { Example } from './fresh.ts'

/** Writes that put what an example takes as given into the table, each thing once. */
export function givenWrites(spec: Deciding, example: Example): Write[] {
  const writes = new Map<string, Write>()
  const input = spec.input.parse(example.when)
  const states: Record<string, any> = {}
  for (const round of roundsOf(spec.reads))
    for (const [name, read] of round) {
      const given = (example.given as any)[name]
      if (given === undefined) continue
      const list = Array.isArray(given) ? given : [given]
      const ids = read.keys ? list.map((one) => one?.id) : idsOf(read, input, states)
      states[name] = given
      for (const [index, value] of (read.keys?.of(input, states) ?? []).entries())
        if (value && ids[index])
          writes.set(`${read.entity.key} ${value}`, {
            kind: 'unique',
            entity: read.entity,
            field: read.keys!.field,
            value,
            id: ids[index],
          })
      for (const [index, state] of list.entries())
        writes.set(`${read.entity.key} ${ids[index]}`, stateWrite(read.entity, ids[index]!, state))
    }
  for (const [lotId, places] of Object.entries(example.stock ?? {}))
    for (const [place, change] of Object.entries(places))
      writes.set(`${lotId} ${place}`, {
        kind: 'stock',
        lotId,
        itemId: 'itm_00000000000000000000000001',
        place,
        change,
        mayOwe: true,
      })
  return [...writes.values()]
}

/** Hash of a fact that nobody made, so that the state can be signed. */
const givenHead = '0'.repeat(64)

/** Writes that free each natural key by which an example looks for something: one before it may have taken the same. */
export function freeingWrites(spec: Deciding, example: Example): Write[] {
  const input = spec.input.parse(example.when)
  const free = Object.values(spec.reads as Reads).flatMap(({ entity, keys }) =>
    (keys?.of(input, example.given) ?? []).flatMap((value): [string, Write][] =>
      value === undefined
        ? []
        : [[`${entity.key} ${value}`, { kind: 'retire', entity, field: keys!.field, value, id: '' }]],
    ),
  )
  return [...new Map(free).values()]
}

/** Puts a state there as if earlier commands had made it. */
export const stateWrite = (entity: Entity, id: string, state: object): Write => ({
  kind: 'state',
  entity,
  expect: 0,
  next: { id, version: 1, head: givenHead, facts: 0, data: entity.schema.parse(state) },
})
