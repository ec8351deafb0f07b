import * as z from 'zod'
import { type Query, query, type Role } from './command.ts'
import { type Entity, idFieldOf, type Loaded } from './entity.ts'
import { brokenAt, type LedgerFact } from './ledger.ts'
import type { Stored } from './table.ts'

/** Every role; what everybody in the company may read. */
export const everyone: readonly Role[] = [
  'admin',
  'purchasing',
  'production',
  'quality',
  'warehouse',
  'logistics',
  'service',
  'auditor',
]

const FactView = z.object({
  version: z.int(),
  type: z.string(),
  at: z.string(),
  by: z.object({ sub: z.string(), name: z.string() }),
  command: z.string(),
  data: z.unknown(),
  previous: z.string(),
  hash: z.string(),
})

/** A record as people read it: what it is now, all that happened to it, and whether that story is whole. */
export const recordOf = <S extends z.ZodType>(state: S) =>
  z.object({
    id: z.string(),
    state,
    history: z.array(FactView),
    /** False where a fact was changed or is missing since it was recorded. */
    intact: z.boolean(),
    /** Number of the first fact that does not hold. */
    brokenAt: z.int().optional(),
  })

/** Puts a state and its chain of facts together, and checks the chain. */
export function asRecord<S>({ id, ...state }: Loaded<S>, history: readonly LedgerFact[]) {
  const broken = brokenAt(history)
  return { id, state, history: [...history], intact: broken === undefined, brokenAt: broken }
}

/** Declares `GET /<plural>/{<entity>Id}`: one record with its history. */
export function showRecord(of: Entity, plural: string, roles: readonly Role[] = everyone): Query {
  const field = idFieldOf(of)
  return query({
    summary: `Show one ${of.name} with everything that happened to it.`,
    route: `GET /${plural}/{${field}}`,
    roles,
    input: z.strictObject({ [field]: of.id }),
    reads: { record: of.at(field) },
    uses: ['table'],
    output: recordOf(of.schema),
    run: async ({ record }, _, { table }) => asRecord(record, await table.history(of, record.id)),
  })
}

interface Listing {
  /** Field and values by which the worklist is asked, e.g. `{ status: z.enum([...]) }`. */
  readonly worklist?: Readonly<Record<string, z.ZodType<string>>>
  /** Field that holds the parent's id, e.g. `{ siteId: Site.id }`. */
  readonly group?: Readonly<Record<string, z.ZodType<string>>>
  /** Natural keys by which the one record is found, e.g. `{ code: Code }`. */
  readonly keys?: Readonly<Record<string, z.ZodType<string>>>
  readonly roles?: readonly Role[]
}

/** Where a page begins: the `next` of the page before. */
export const Cursor = z.string().regex(/^[A-Za-z0-9_-]{1,2000}$/, 'must be the "next" of the page before')

/** Declares `GET /<plural>`: a page of those on a worklist or under a parent, or the one with a natural key. */
export function listRecords(
  of: Entity,
  plural: string,
  { worklist = {}, group = {}, keys = {}, roles = everyone }: Listing,
): Query {
  const ways = { ...worklist, ...group, ...keys }
  const names = Object.keys(ways)
  const optional = Object.fromEntries(Object.entries(ways).map(([name, schema]) => [name, schema.optional()]))
  return query({
    summary: `Find ${plural} by ${names.join(', or by ')}.`,
    route: `GET /${plural}`,
    roles,
    input: z
      .strictObject({ ...optional, cursor: Cursor.optional() })
      .refine((input: any) => names.filter((name) => input[name] !== undefined).length === 1, {
        message: `give exactly one of ${names.join(', ')}`,
      }),
    reads: {},
    uses: ['table'],
    output: z.object({ items: z.array(z.object({ id: z.string(), state: of.schema })), next: z.string().optional() }),
    run: async (_, input: any, { table }, { actor }) => {
      const name = names.find((one) => input[one] !== undefined)!
      if (name in keys) {
        const id = await table.owner(of, name, of.unique[name]!({ [name]: input[name] })!)
        const found = id === undefined ? [] : await table.states([{ entity: of, id }])
        return {
          items: found
            .filter((one) => one !== undefined)
            .filter(mayRead(actor.sites))
            .map(view),
        }
      }
      const page = await table.list(name in worklist ? 'worklist' : 'group', of, input[name], input.cursor)
      return { items: page.items.filter(mayRead(actor.sites)).map(view), next: page.next }
    },
  })
}

const view = ({ id, data }: Stored) => ({ id, state: data })

/** Lists leave out what belongs to other sites than the reader's. */
const mayRead =
  (sites: readonly string[]) =>
  ({ data: { siteId } }: Stored) =>
    typeof siteId !== 'string' || sites.includes('*') || sites.includes(siteId)
