import type * as z from 'zod'
import type { Dispatch } from './dispatch.ts'
import type { Entity, FactType } from './entity.ts'
import type { KitRefusal, Refusal, RefusalText } from './errors.ts'
import type { PortName, Ports } from './ports.ts'
import type { Reads, ReadsFor, StatesOf } from './reads.ts'
import { SignatureInput, type Signing } from './signature.ts'

export type Role = 'admin' | 'purchasing' | 'production' | 'quality' | 'warehouse' | 'logistics' | 'service' | 'auditor'

/** Who asks, from a verified token. */
export interface Actor {
  readonly sub: string
  readonly name: string
  readonly roles: readonly string[]
  /** Ids of the sites the actor may work for; `*` is all of them. */
  readonly sites: readonly string[]
  /** When and by which sign-in the person proved who they are, with all components; refreshing a token does not change it. */
  readonly signIn?: { readonly at: string; readonly id: string } | undefined
}

/** What a decision may know besides state and input; the only source of time and ids. */
export interface Context {
  /** ISO 8601 UTC. */
  readonly now: string
  readonly actor: Actor
  newId(entity: Pick<Entity, 'prefix' | 'node'>): string
}

/** One given/when/then row: unit test, parity case over HTTP and API example at once. */
export interface Example<Input, States, Code extends string> {
  readonly name: string
  /** States by name of the read; a read that is absent here does not exist. */
  readonly given: { readonly [K in keyof States]?: unknown }
  /** Quantities on hand by lot id and place, for what the transaction itself checks. */
  readonly stock?: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly when: Input
  readonly by?: Partial<Actor>
  /** Types of the facts, in order, or the refusal, or the command that is run. */
  readonly then:
    | readonly string[]
    | { readonly refused: Code | 'entity-unknown' | 'stock-short' | 'site-foreign' | 'signer-involved' }
    | { readonly dispatched: string; readonly input: Dispatch['input'] }
  /** What `perform` found, for specs that have one. */
  readonly performed?: unknown
}

type Emitted<F extends readonly FactType[]> = ReturnType<F[number]>
export type Decision<F extends readonly FactType[], Code extends string> =
  | Emitted<F>
  | readonly Emitted<F>[]
  | Refusal<Code>

/** What commands, reactions and tasks share: read, perhaps perform, decide, write. */
export interface Deciding<
  I extends z.ZodType = any,
  R extends Reads = any,
  F extends readonly FactType[] = any,
  C extends string = any,
  U extends PortName = PortName,
  P = any,
> {
  /** One sentence for people: what it does and why. */
  readonly summary: string
  readonly input: I
  readonly reads: R
  readonly emits: F
  /** Every way in which it may say no, with the text a person reads. */
  readonly refuses: Readonly<Record<C, RefusalText>>
  /** Outside services that `perform` needs. */
  readonly uses?: readonly U[]
  /** Effects and wider reads before the decision; must be safe to repeat. */
  readonly perform?: (state: StatesOf<R>, input: z.infer<I>, ports: Pick<Ports, U>, context: Context) => Promise<P>
  /** Set where `perform` only reads: it then reads anew for each attempt, so that what is written follows from what was there. */
  readonly onlyReads?: true
  /** The rule: pure and synchronous. */
  readonly decide: (state: StatesOf<R>, input: z.infer<I>, context: Context, performed: P) => Decision<F, NoInfer<C>>
  readonly examples: readonly Example<z.input<I>, StatesOf<R>, NoInfer<C>>[]
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'
export type Route = `${Method} /${string}`

/** Who may use a route: people with one of these roles, or who holds a signed link to what its path names first. */
type Door = { readonly roles: readonly Role[]; readonly link?: never } | { readonly link: true; readonly roles?: never }

/** A route by link has no roles, and needs the port that proves links. */
const doorOf = ({ link, uses = [] }: { readonly link?: boolean; readonly uses?: readonly PortName[] }) =>
  link ? { roles: [], link, uses: [...uses, 'links'] } : {}

export interface Command extends Deciding {
  readonly kind: 'command'
  readonly route: Route
  readonly roles: readonly Role[]
  readonly link?: true
  readonly signs?: Signing
}

/** Declares a business command: one file, from which function, route, grants, API, audit and tests follow. */
export function command<
  I extends z.ZodObject,
  const R extends ReadsFor<z.infer<I>>,
  const F extends readonly FactType[],
  C extends string,
  U extends PortName = never,
  P = undefined,
>(
  spec: Deciding<I, R, F, C, U, P> & {
    readonly route: Route
    /** Set where a person signs (21 CFR 11): the request then takes "signature", and the facts keep it. */
    readonly signs?: Signing<StatesOf<R>, z.infer<I>, NoInfer<P>>
  } & Door,
): Command {
  const input = spec.signs ? spec.input.safeExtend({ signature: SignatureInput.optional() }) : spec.input
  return { kind: 'command', ...spec, ...doorOf(spec), input } as unknown as Command
}

/** A message's own key, and what it says: the same key with other words is refused. */
export interface Mark {
  readonly key: string
  readonly says: unknown
}

export interface Reaction extends Deciding {
  readonly kind: 'reaction'
  readonly on: readonly FactType[] | 'facts' | GatheredFacts | QueueSource | { readonly everyMinutes: number }
  /** Names of the commands that `decide` may dispatch, each by the rules of its own file. */
  readonly dispatches?: readonly string[]
  /** What tells a message from every other: what was done for it is done once, however often it comes. */
  readonly once?: (input: any) => Mark | undefined
  /** Refusals that a message still on its way may lift: the queue gives such a message out again before it is put aside. */
  readonly waitsOn?: readonly string[]
}

/**
 * A queue; the field by which messages of one batch are handled `together`, as `{ <field>, messages }`, or the one by
 * which they are handled `inTurn`, one after another as they were received.
 */
interface QueueSource {
  readonly queue: string
  readonly together?: string
  readonly inTurn?: string
}

/**
 * Facts that many commands make and nobody waits for: they gather in a queue of the reaction's own and come together,
 * as `{ facts }` with type, time and hash, as the ledger has them. Each may come again, alone or with others.
 */
interface GatheredFacts {
  readonly gathered: readonly FactType[]
}

/** Declares what follows from facts on the bus, every kept fact of the table's stream (`facts`), a queue's messages, or the clock. */
export function reaction<
  I extends z.ZodType,
  const R extends ReadsFor<z.infer<I>>,
  const F extends readonly FactType[],
  C extends string,
  U extends PortName = never,
  P = undefined,
>(
  spec: Omit<Deciding<I, R, F, C, U, P>, 'decide'> &
    Pick<Reaction, 'on' | 'dispatches' | 'waitsOn'> & {
      readonly once?: (input: z.infer<I>) => Mark | undefined
      readonly decide: (
        ...given: Parameters<Deciding<I, R, F, C, U, P>['decide']>
      ) => Decision<F, NoInfer<C>> | Dispatch
    },
): Reaction {
  return { kind: 'reaction', ...spec } as unknown as Reaction
}

export interface Task extends Deciding {
  readonly kind: 'task'
  readonly output: (input: any, performed: any) => unknown
  /** What the caller gets instead of an error where the business says no; the refusal is logged and counted. */
  readonly otherwise?: unknown
}

/** Declares one step of a state machine: idempotent, so that a machine may run again from its start. */
export function task<
  I extends z.ZodObject,
  const R extends ReadsFor<z.infer<I>>,
  const F extends readonly FactType[],
  C extends string,
  U extends PortName = never,
  P = undefined,
>(
  spec: Deciding<I, R, F, C, U, P> & {
    readonly output: (input: z.infer<I>, performed: P) => unknown
    readonly otherwise?: unknown
  },
): Task {
  return { kind: 'task', ...spec } as unknown as Task
}

export interface Query {
  readonly kind: 'query'
  readonly summary: string
  readonly route: Route
  readonly roles: readonly Role[]
  readonly link?: true
  /** Set where the answer is a page for people; its script is the only one that may run on it. */
  readonly page?: { readonly script: string }
  /** Set where the answer is a file of this kind. */
  readonly file?: 'application/pdf'
  readonly input: z.ZodObject
  readonly reads: Reads
  readonly uses: readonly PortName[]
  /** Refusals of the kit that `run` itself may return. */
  readonly refuses: readonly KitRefusal[]
  readonly output: z.ZodType
  readonly run: (state: any, input: any, ports: any, context: Context) => Promise<unknown>
}

/** Declares a question: read-only, answered from strongly consistent reads and the ports it names. */
export function query<
  I extends z.ZodObject,
  const R extends ReadsFor<z.infer<I>>,
  O extends z.ZodType,
  U extends PortName = never,
  K extends KitRefusal = never,
>(
  spec: {
    readonly summary: string
    readonly route: `GET /${string}` | `POST /${string}`
    readonly page?: { readonly script: string }
    readonly file?: 'application/pdf'
    readonly input: I
    readonly reads: R
    readonly uses?: readonly U[]
    readonly refuses?: readonly K[]
    readonly output: O
    readonly run: (
      state: StatesOf<R>,
      input: z.infer<I>,
      ports: Pick<Ports, U>,
      context: Context,
    ) => Promise<z.input<O> | Refusal<K>>
  } & Door,
): Query {
  return { kind: 'query', uses: [], refuses: [], ...spec, ...doorOf(spec) } as unknown as Query
}

export type Spec = Command | Reaction | Task | Query

/** Every port that a spec's function binds: who drains a queue puts aside what can never be handled. */
export const portsOf = (spec: Spec): PortName[] => [
  ...(spec.uses ?? []),
  ...(spec.kind === 'reaction' && typeof spec.on === 'object' && 'queue' in spec.on ? (['quarantine'] as const) : []),
]
