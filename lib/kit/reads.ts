import type { Entity, Loaded } from './entity.ts'
import type { LedgerFact } from './ledger.ts'
import type { Balance } from './table.ts'

/** `aligned`: a list with a gap where nothing was found. */
type Shape = 'one' | 'maybe' | 'many' | 'aligned'

/** What a whole record has besides its state. */
export interface Whole {
  readonly history: readonly LedgerFact[]
  /** Quantities by place, where it is a lot. */
  readonly balances: readonly Balance[]
}

/** Values of one natural key, as an input gives them, or states that were read before. */
export interface NaturalKeys {
  readonly field: string
  /** Names of the reads whose states are needed for it. */
  readonly after: readonly string[]
  /** The values in order; undefined where the input has none. */
  of(input: any, states: Readonly<Record<string, any>>): readonly (string | undefined)[]
}

/** What a command reads before it decides: an entity and the path where its id stands. */
export interface Read<S = any, Sh extends Shape = Shape, Path extends string = string> {
  readonly entity: Entity
  /** A path into the input, or `@read.path` into a state read before. */
  readonly path: Path
  /** Set where it is found by natural keys of the input instead of ids. */
  readonly keys?: NaturalKeys | undefined
  readonly shape: Sh
  /** The id may be missing from the input. */
  readonly mayOmit: boolean
  /** The entity may not exist. */
  readonly mayLack: boolean
  /** A recall's freeze on it refuses the command. */
  readonly mustBeFree: boolean
  /** Its history and balances come with it, in one read. */
  readonly isWhole: boolean
  /** The id may be left out of the input; when given, the entity must exist. */
  optional(): Read<S, 'maybe', Path>
  /** The entity may not exist (yet). */
  orAbsent(): Read<S, Sh extends 'many' ? 'aligned' : 'maybe', Path>
  /** Refuses when a recall has frozen it, also when the freeze comes while the command runs. */
  unfrozen(): Read<S, Sh, Path>
  /** Reads its facts and balances along with the state, in one read. */
  whole(): Read<S & Whole, Sh, Path>
  /** Carries the state type; never set. */
  readonly state?: S
}

export type Reads = Readonly<Record<string, Read>>

/** The states that `decide` gets for these reads. */
export type StatesOf<R extends Reads> = {
  readonly [K in keyof R]: R[K] extends Read<infer S, infer Sh, string>
    ? Sh extends 'many' | 'aligned'
      ? readonly (Loaded<S> | (Sh extends 'aligned' ? undefined : never))[]
      : Sh extends 'maybe'
        ? Loaded<S> | undefined
        : Loaded<S>
    : never
}

/** Every path of an input that holds a string: `lotId`, `lines[].lotId`. */
export type FieldPaths<T, Prefix extends string = ''> = {
  [K in keyof T & string]: NonNullable<T[K]> extends string
    ? `${Prefix}${K}`
    : NonNullable<T[K]> extends readonly (infer U)[]
      ? U extends string
        ? `${Prefix}${K}[]`
        : FieldPaths<U, `${Prefix}${K}[].`>
      : NonNullable<T[K]> extends object
        ? FieldPaths<NonNullable<T[K]>, `${Prefix}${K}.`>
        : never
}[keyof T & string]

/** Reads whose paths exist in the input; a read keyed by a missing field does not compile. */
export type ReadsFor<Input> = Readonly<Record<string, Read<any, Shape, FieldPaths<Input> | `@${string}`>>>

export function read(entity: Entity, path: string, shape: Shape, keys?: NaturalKeys): Read {
  const make = (flags: Pick<Read, 'shape' | 'mayOmit' | 'mayLack' | 'mustBeFree' | 'isWhole'>): Read => ({
    entity,
    path,
    keys,
    ...flags,
    optional: () => make({ ...flags, shape: 'maybe', mayOmit: true }) as any,
    orAbsent: () => make({ ...flags, shape: flags.shape === 'many' ? 'aligned' : 'maybe', mayLack: true }) as any,
    unfrozen: () => make({ ...flags, mustBeFree: true }),
    whole: () => make({ ...flags, isWhole: true }),
  })
  return make({ shape, mayOmit: false, mayLack: false, mustBeFree: false, isWhole: false })
}

/** All values at a path such as `lines[].lotId`; missing ones are left out. */
export function valuesAt(source: unknown, path: string): string[] {
  const values = path.split('.').reduce<unknown[]>(
    (found, step) => {
      const list = step.endsWith('[]')
      const name = list ? step.slice(0, -2) : step
      const next = found.map((value) => (Array.isArray(value) && name === '' ? value : (value as any)?.[name]))
      return list ? next.flat() : next
    },
    [source],
  )
  return values.filter((value): value is string => typeof value === 'string')
}

/** Splits `@order.itemId` into the read it depends on and the path inside that read's state. */
function sourceOf(read: Read): { from: string | undefined; path: string } {
  if (read.keys || !read.path.startsWith('@')) return { from: undefined, path: read.path }
  const [head = '', ...rest] = read.path.slice(1).split('.')
  const many = head.endsWith('[]')
  return { from: many ? head.slice(0, -2) : head, path: `${many ? '[].' : ''}${rest.join('.')}` }
}

/** Orders reads into rounds: a read stands in a later round than the one it depends on. */
export function roundsOf(reads: Reads): [string, Read][][] {
  const rounds: [string, Read][][] = []
  const done = new Set<string>()
  let left = Object.entries(reads)
  while (left.length > 0) {
    const ready = left.filter(([, one]) => {
      const { from } = sourceOf(one)
      const needs = one.keys?.after ?? (from === undefined ? [] : [from])
      return needs.every((name) => done.has(name))
    })
    if (ready.length === 0) {
      const [name, one] = left[0]!
      throw new Error(`Read "${name}" depends on "${one.path}", which no read of this command provides.`)
    }
    for (const [name] of ready) done.add(name)
    rounds.push(ready)
    left = left.filter(([name]) => !done.has(name))
  }
  return rounds
}

/** Ids that a read asks for, given the input and the states read so far; not for reads by natural key. */
export function idsOf(one: Read, input: unknown, states: Readonly<Record<string, unknown>>): string[] {
  const { from, path } = sourceOf(one)
  return valuesAt(from === undefined ? input : states[from], path)
}
