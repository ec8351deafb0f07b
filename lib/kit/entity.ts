import * as z from 'zod'
import { type NaturalKeys, type Read, read } from './reads.ts'

/** A state as `decide` sees it: its own fields and its id. */
export type Loaded<S> = S & { readonly id: string }

/** Quantity of a lot that leaves one place and arrives at another; without `from` it is born. */
export interface StockMove {
  readonly lotId: string
  readonly itemId: string
  readonly quantity: number
  /** A location, pack, order, lot, equipment, installation, shipment or partner id, or `scrapped`, `destroyed`, `sampled`, `difference`. */
  readonly from?: string
  readonly to: string
}

/** Every kind of edge; `withdraw` and `return` only tell where material came back from. */
export const edgeKinds = [
  'receive',
  'consume',
  'produce',
  'assemble',
  'withdraw',
  'split',
  'merge',
  'rework',
  'pack',
  'ship',
  'return',
  'install',
  'change',
  'run',
  'repair',
] as const

/** One immutable edge of the genealogy: material, equipment or a change passed from one node into another. */
export interface Edge {
  readonly kind: (typeof edgeKinds)[number]
  readonly from: string
  readonly to: string
  readonly quantity?: number
  readonly unit?: string
  /** Item of what went in, on edges into an order or a unit. */
  readonly itemId?: string
  /** Partner that received or delivered, on edges that cross the company's border. */
  readonly party?: string
  /** When it happened, ISO 8601, where a person or machine stated it; otherwise the edge gets the time of its posting. */
  readonly at?: string | undefined
  /** End of an interval, e.g. of an equipment run. */
  readonly until?: string
}

/** A fact that happened, made by calling its type. */
export interface Fact<Type extends string = string, Data = any> {
  readonly type: Type
  readonly data: Data
  readonly of: FactType
}

interface Effects<Data> {
  /** Stock that the fact moves. */
  readonly stock?: (data: Data) => readonly StockMove[]
  /** Genealogy edges that the fact draws. */
  readonly edges?: (data: Data) => readonly Edge[]
}

/** The declaration of a fact: its data, and what it does to state, stock and genealogy. */
export interface FactType<Type extends string = string, Schema extends z.ZodObject = any> extends Effects<any> {
  (data: z.infer<Schema>): Fact<Type, z.infer<Schema>>
  readonly type: Type
  readonly entity: Entity
  readonly schema: Schema
  /** True where the fact creates its entity. */
  readonly births: boolean
  /** False where only the state is kept: no ledger fact, no event (high-rate telemetry). */
  readonly kept: boolean
  readonly apply: (state: any, data: any) => unknown
}

/** A noun of the business: its state, its keys in the table, and the facts that change it. */
export interface Entity<Name extends string = string, Schema extends z.ZodType<object> = any> {
  readonly name: Name
  readonly area: string
  readonly prefix: string
  readonly schema: Schema
  /** Schema of its ids, e.g. `lot_01J8...`. */
  readonly id: z.ZodString
  /** Name of its partition keys, e.g. `LOT`. */
  readonly key: string
  readonly worklist: ((state: any) => string | undefined) | undefined
  readonly group: ((state: any) => string | undefined) | undefined
  readonly under: ((state: any) => string | undefined) | undefined
  readonly unique: Readonly<Record<string, (state: any) => string | undefined>>
  /** Its ids are nodes of the genealogy: they carry a number, and a recall may freeze them. */
  readonly node: boolean
  /** A typical state, for examples and tests. */
  like(changes?: Partial<z.infer<Schema>>): z.infer<Schema>
  /** The n-th well-formed example id, for examples and tests. */
  sample(n?: number): string
  /** Reads the state whose id is at this path of the input, e.g. `lotId` or `lines[].lotId`. */
  at<Path extends string>(path: Path): Read<z.infer<Schema>, Path extends `${string}[]${string}` ? 'many' : 'one', Path>
  /** Reads, as a second step, the state whose id is at this path of another read, e.g. `order.itemId`. */
  of<Path extends string>(
    path: Path,
  ): Read<z.infer<Schema>, Path extends `${string}[]${string}` ? 'many' : 'one', `@${Path}`>
  /**
   * Reads by a natural key: `fieldsOf` picks from the input the fields that make it; a list. With `orAbsent` the
   * states are aligned with that list, and what is absent may be born in the same command: who comes second decides
   * again. Where the fields come from states read before, `after` names those reads.
   */
  by<Input>(
    key: string,
    fieldsOf: (
      input: Input,
      states: Readonly<Record<string, any>>,
    ) => readonly (Partial<z.infer<Schema>> | undefined)[],
    ...after: readonly string[]
  ): Read<z.infer<Schema>, 'many', `@${string}`>
  /** Declares a fact that creates the entity; its data must carry `<name>Id`. */
  born<Type extends string, Data extends z.ZodObject>(
    type: Type,
    data: Data,
    apply: (data: z.infer<Data>) => z.infer<Schema>,
    effects?: Effects<z.infer<Data>>,
  ): FactType<Type, Data>
  /** Declares a fact that changes the entity; its data must carry `<name>Id`. */
  fact<Type extends string, Data extends z.ZodObject>(
    type: Type,
    data: Data,
    apply: (state: Loaded<z.infer<Schema>>, data: z.infer<Data>) => z.infer<Schema>,
    effects?: Effects<z.infer<Data>> & { readonly kept?: boolean },
  ): FactType<Type, Data>
}

interface EntitySpec<Schema extends z.ZodType<object>> {
  readonly area: string
  /** Three letters that begin each id. */
  readonly prefix: string
  readonly state: Schema
  readonly example: z.infer<Schema>
  /** Name of the worklist that shows this state, usually its status. */
  readonly worklist?: (state: z.infer<Schema>) => string | undefined
  /** Id of the parent under which it is listed. */
  readonly group?: (state: z.infer<Schema>) => string | undefined
  /** Id of what it is told about, where all of that must be read at once and strongly consistent; it never changes. */
  readonly under?: (state: z.infer<Schema>) => string | undefined
  /** Natural keys that no two of them may share, by field name. */
  readonly unique?: Readonly<Record<string, (state: z.infer<Schema>) => string | undefined>>
  /** Set where edges begin or end at it. */
  readonly node?: true
}

/** Field of a fact's data that names its entity: `lot` -> `lotId`, `purchase-order` -> `purchaseOrderId`. */
export const idFieldOf = (entity: Pick<Entity, 'name'>) =>
  `${entity.name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}Id`

/** Declares a noun of the business once: ids, keys, state, lists and facts follow from it. */
export function entity<Name extends string, Schema extends z.ZodType<object>>(
  name: Name,
  spec: EntitySpec<Schema>,
): Entity<Name, Schema> {
  const self: Entity<Name, Schema> = {
    name,
    area: spec.area,
    prefix: spec.prefix,
    schema: spec.state,
    key: name.toUpperCase(),
    id: z
      .string()
      .regex(new RegExp(`^${spec.prefix}_[0-9A-HJKMNP-TV-Z]{26}$`), `must be a ${name} id (${spec.prefix}_...)`),
    worklist: spec.worklist,
    group: spec.group,
    under: spec.under,
    unique: spec.unique ?? {},
    node: spec.node ?? false,
    like: (changes) => ({ ...spec.example, ...changes }),
    sample: (n = 1) => `${spec.prefix}_${String(n).padStart(26, '0')}`,
    at: (path) => read(self, path, path.includes('[]') ? 'many' : 'one') as any,
    of: (path) => read(self, `@${path}`, path.includes('[]') ? 'many' : 'one') as any,
    by: (key, fieldsOf, ...after) => read(self, `@${key}`, 'many', naturalKeys(self, key, fieldsOf, after)) as any,
    born: (type, data, apply, effects = {}) =>
      factType(self, type, data, { births: true, kept: true, apply: (_, d) => apply(d), ...effects }),
    fact: (type, data, apply, effects = {}) =>
      factType(self, type, data, { births: false, kept: true, apply, ...effects }),
  }
  return self
}

function naturalKeys(
  of: Entity,
  field: string,
  fieldsOf: (input: any, states: Readonly<Record<string, any>>) => readonly (object | undefined)[],
  after: readonly string[],
): NaturalKeys {
  const keyOf = of.unique[field]
  if (!keyOf) throw new Error(`${of.name} has no natural key "${field}". Declare it in "unique".`)
  return { field, after, of: (input, states) => fieldsOf(input, states).map((fields) => fields && keyOf(fields)) }
}

function factType<Type extends string, Schema extends z.ZodObject>(
  owner: Entity,
  type: Type,
  schema: Schema,
  rest: Pick<FactType, 'births' | 'kept' | 'apply' | 'stock' | 'edges'>,
): FactType<Type, Schema> {
  const field = idFieldOf(owner)
  if (!(field in schema.shape)) throw new Error(`Fact ${type} must carry "${field}", the id of its ${owner.name}.`)
  const make = (data: z.infer<Schema>): Fact<Type, z.infer<Schema>> => ({ type, data, of: made })
  const made: FactType<Type, Schema> = Object.assign(make, { type, entity: owner, schema, ...rest })
  return made
}

/** Whether a command that emits these facts may need numbers for new nodes. */
export const makesNodes = (facts: readonly FactType[]) => facts.some(({ births, entity }) => births && entity.node)

/** Field of a fact's data that names the entity it is about. */
export const subjectField = (fact: FactType) => idFieldOf(fact.entity)

/** Id of the entity that a fact is about. */
export const subjectOf = (fact: Fact): string => fact.data[idFieldOf(fact.of.entity)]
