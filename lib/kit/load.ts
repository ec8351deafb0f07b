import type { Actor } from './command.ts'
import type { Entity } from './entity.ts'
import { type Refusal, refuse } from './errors.ts'
import { idsOf, type Read, type Reads, roundsOf, type Whole } from './reads.ts'
import type { Seen } from './settle.ts'
import type { Stored, Table } from './table.ts'

/** A natural key of one entity as text. */
export const claimOf = ({ entity, field, value }: { entity: Entity; field: string; value: string }) =>
  [entity.name, field, value].join(' ')

/** States that a spec reads, or the refusal that one of them is missing, foreign or frozen. */
export interface Loading {
  readonly states: Record<string, any>
  readonly seen: readonly Seen[]
  /** Natural keys that nobody had. */
  readonly vacant: ReadonlySet<string>
  readonly refusal?: Refusal
}

type Readable = Pick<Table, 'states' | 'record' | 'owner'>

/** Reads everything a spec declares, in as few rounds as its dependencies allow. */
export async function load(table: Readable, reads: Reads, input: unknown, actor: Actor): Promise<Loading> {
  const states: Record<string, any> = {}
  const seen: Seen[] = []
  const vacant = new Set<string>()
  const loading = { states, seen, vacant }
  for (const round of roundsOf(reads)) {
    const found = await Promise.all(round.map(([, one]) => find(table, one, input, states)))
    for (const [index, [name, one]] of round.entries()) {
      const mine = found[index]!
      for (const { id, key, stored } of mine) {
        if (id !== undefined) seen.push({ entity: one.entity, id, stored })
        else if (key !== undefined) vacant.add(claimOf({ entity: one.entity, field: one.keys!.field, value: key }))
        const refusal = stored || one.mayLack ? foreign(one, stored, actor) : unknownTo(one, id ?? key!)
        if (refusal) return { ...loading, refusal }
      }
      if (one.shape === 'one' && mine.length === 0) return { ...loading, refusal: unknownTo(one, '(none)') }
      const loaded = mine.map(({ id, stored, whole }) => stored && { ...stored.data, id, ...whole })
      states[name] = one.shape === 'many' || one.shape === 'aligned' ? loaded : loaded[0]
    }
  }
  return loading
}

const unknownTo = ({ entity, path }: Read, id: string) =>
  refuse('entity-unknown', { name: entity.name, id, field: path.replace('@', '') })

function foreign({ entity }: Read, stored: Stored | undefined, { sites }: Actor) {
  const siteId = entity.name === 'site' ? stored?.id : stored?.data.siteId
  if (typeof siteId !== 'string' || sites.includes('*') || sites.includes(siteId)) return undefined
  return refuse('site-foreign', { name: entity.name, id: stored!.id, siteId })
}

interface Found {
  readonly id: string | undefined
  /** Natural key by which it was looked for. */
  readonly key?: string | undefined
  readonly stored: Stored | undefined
  readonly whole?: Whole
}

/** What one read asks for; calls made at the same time travel together. */
async function find(
  table: Readable,
  one: Read,
  input: unknown,
  states: Readonly<Record<string, unknown>>,
): Promise<Found[]> {
  if (one.keys) return findByKey(table, one, one.keys.of(input, states))
  const { entity } = one
  const ids = idsOf(one, input, states)
  if (one.isWhole) {
    const records = await Promise.all(ids.map((id) => table.record(entity, id)))
    return ids.map((id, index) => {
      const { stored, ...whole } = records[index] ?? { stored: undefined }
      return { id, stored, whole: whole as Whole }
    })
  }
  const found = await table.states(ids.map((id) => ({ entity, id })))
  return ids.map((id, index) => ({ id, stored: found[index] }))
}

function findByKey(table: Readable, { entity, keys, mayLack, isWhole }: Read, values: readonly (string | undefined)[]) {
  const wanted = values.filter((key) => key !== undefined || mayLack)
  return Promise.all(
    wanted.map(async (key): Promise<Found> => {
      if (key === undefined) return { id: undefined, stored: undefined }
      const id = await table.owner(entity, keys!.field, key)
      if (id === undefined) return { id, key, stored: undefined }
      if (!isWhole) return { id, key, stored: (await table.states([{ entity, id }]))[0] }
      const { stored, ...whole } = (await table.record(entity, id)) ?? { stored: undefined }
      return { id, key, stored, whole: whole as Whole }
    }),
  )
}
