import * as z from 'zod'
import { type Actor, type Query, query, type Role } from './command.ts'
import { type Entity, idFieldOf, type Loaded } from './entity.ts'
import { brokenAt } from './ledger.ts'
import type { Whole } from './reads.ts'
import type { Stored, Table } from './table.ts'

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

/** A signature as people read it: who, when, where and what for. */
export const SignatureView = z.object({
  meaning: z.object({ en: z.string(), zh: z.string() }),
  name: z.string(),
  at: z.string(),
  timeZone: z.string(),
  hash: z.string(),
  signedInAt: z.string(),
})

const FactView = z.object({
  version: z.int(),
  type: z.string(),
  at: z.string(),
  by: z.object({ sub: z.string(), name: z.string() }),
  command: z.string(),
  data: z.unknown(),
  signature: SignatureView.optional(),
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
export function asRecord<S>({ id, history, balances: _, ...state }: Loaded<S & Whole>) {
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
    reads: { record: of.at(field).whole() },
    output: recordOf(of.schema),
    run: async ({ record }) => asRecord(record),
  })
}

type Fields = Readonly<Record<string, z.ZodType<string>>>

/** The ways in which records are found, each by the fields it takes. */
interface Listing {
  /** Field whose value names the worklist, e.g. `{ status }`; `{}` where one worklist holds all. */
  readonly worklist?: Fields
  /** Field that holds the parent's id, e.g. `{ siteId }`. */
  readonly group?: Fields
  /** Fields of each natural key by its name, e.g. `{ number: { itemId, number } }`. */
  readonly keys?: Readonly<Record<string, Fields>>
  readonly roles?: readonly Role[]
}

/** Every state on a worklist or under a parent, page after page; for lists that stay short. */
export async function listAll(
  table: Pick<Table, 'list'>,
  by: 'worklist' | 'group',
  of: Entity,
  value: string,
): Promise<Stored[]> {
  const all: Stored[] = []
  let cursor: string | undefined
  do {
    const page = await table.list(by, of, value, cursor)
    all.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return all
}

/** Where a page begins: the `next` of the page before. */
export const Cursor = z.string().regex(/^[A-Za-z0-9_-]{1,2000}$/, 'must be the "next" of the page before')

/** A page of stock: quantities of lots at places. */
export const StockPage = z.object({
  items: z
    .array(z.object({ lotId: z.string(), itemId: z.string(), place: z.string(), quantity: z.number() }))
    .readonly(),
  next: z.string().optional(),
})

/** Declares `GET /<plural>`: a page of those on a worklist or under a parent, or the one with a natural key. */
export function listRecords(
  of: Entity,
  plural: string,
  { worklist, group, keys = {}, roles = everyone }: Listing,
): Query {
  const ways = [
    ...(worklist ? [{ by: 'worklist', fields: worklist } as const] : []),
    ...(group ? [{ by: 'group', fields: group } as const] : []),
    ...Object.entries(keys).map(([key, fields]) => ({ by: 'key', key, fields }) as const),
  ]
  const told = ways.map(({ fields }) => Object.keys(fields).join(' and ') || 'nothing').join(', or by ')
  const wayOf = ({ cursor: _, ...input }: Record<string, unknown>) => {
    const given = Object.keys(input).filter((name) => input[name] !== undefined)
    const fits = (fields: Fields) => given.every((name) => fields[name]?.safeParse(input[name]).success)
    return ways.find(({ fields }) => given.length === Object.keys(fields).length && fits(fields))
  }
  return query({
    summary: `Find ${plural} by ${told}.`,
    route: `GET /${plural}`,
    roles,
    input: z
      .strictObject({ ...shapeOf(ways.map(({ fields }) => fields)), cursor: Cursor.optional() })
      .refine((input) => wayOf(input) !== undefined, { message: `are found by ${told}; give that and nothing else` }),
    reads: {},
    uses: ['table'],
    output: z.object({ items: z.array(z.object({ id: z.string(), state: of.schema })), next: z.string().optional() }),
    run: async (_, input: Record<string, string | undefined>, { table }, { actor }) => {
      const way = wayOf(input)!
      if (way.by === 'key') {
        const id = await table.owner(of, way.key, of.unique[way.key]!(input)!)
        const found = id === undefined ? [] : await table.states([{ entity: of, id }])
        return { items: visible(found, actor) }
      }
      const value = Object.keys(way.fields).map((name) => input[name])[0] ?? 'all'
      const page = await table.list(way.by, of, value, input.cursor)
      return { items: visible(page.items, actor), next: page.next }
    },
  })
}

/** Every field that any of the ways takes; none is needed by all of them. */
function shapeOf(ways: readonly Fields[]): Record<string, z.ZodOptional<z.ZodType<string>>> {
  const names = new Set(ways.flatMap((fields) => Object.keys(fields)))
  const schemasOf = (name: string) => [...new Set(ways.flatMap((fields) => fields[name] ?? []))]
  return Object.fromEntries([...names].map((name) => [name, z.union(schemasOf(name)).optional()]))
}

/** Lists leave out what belongs to other sites than the reader's. */
const visible = (found: readonly (Stored | undefined)[], { sites }: Actor) =>
  found
    .filter((one) => one !== undefined)
    .filter(({ data: { siteId } }) => typeof siteId !== 'string' || sites.includes('*') || sites.includes(siteId))
    .map(({ id, data }) => ({ id, state: data }))
