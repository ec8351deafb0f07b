import type { Actor, Command, Context, Deciding } from './command.ts'
import { type Dispatch, isDispatch } from './dispatch.ts'
import { type Entity, type Fact, type FactType, makesNodes } from './entity.ts'
import { fieldErrors, isRefusal, kitRefusals, type Refusal, type RefusalText, refuse } from './errors.ts'
import { canonical, type LedgerFact, sha256 } from './ledger.ts'
import { claimOf, type Loading, load } from './load.ts'
import type { Ports } from './ports.ts'
import { idsOf, type Reads } from './reads.ts'
import { epochCopies, inheritedFrom, type Seen, type Settling, settle } from './settle.ts'
import { type Signature, signed } from './signature.ts'
import type { Answer, Freeze, Outcome, Table, Write } from './table.ts'

/** Attempts when the states a decision relied on keep changing. */
const attempts = 3
/** Attempts when transactions met on an item, or the epoch was raised: no state changed, so waiting helps. */
const meetings = 8
/** Seconds for which the answer to an idempotency key is kept. */
const answerLife = 7 * 24 * 3600

/** What the world gives to one run; the doors of `serve` and the tests make it. */
export interface World {
  readonly table: Table
  readonly ports: Partial<Ports>
  /** Commands that a reaction dispatches, by name. */
  readonly commands?: Readonly<Record<string, Deciding>>
  now(): string
  newId(entity: Pick<Entity, 'prefix' | 'node'>): string
  /** Makes sure that `newId` has a number for each node that one command can make. */
  ready(): Promise<void>
  /** A number from 0 up to, not including, 1. */
  random(): number
  wait(milliseconds: number): Promise<void>
}

export interface Request {
  /** Name of the command, `area/verb-noun`. */
  readonly command: string
  /** Id of the request, in the ledger and in every problem. */
  readonly id: string
  readonly actor: Actor
  /** Idempotency key, unique per actor. */
  readonly key?: string | undefined
  /** What the key stands for, where that is less than the input. */
  readonly says?: unknown
}

export type Result =
  | { readonly ok: true; readonly answer: Answer; readonly ledger: readonly LedgerFact[]; readonly performed: any }
  | { readonly ok: false; readonly refusal: Refusal; readonly text: RefusalText }

const no = (refusal: Refusal, texts: Readonly<Record<string, RefusalText>> = kitRefusals): Result => {
  const text = texts[refusal.refusal] ?? kitRefusals[refusal.refusal as keyof typeof kitRefusals]
  if (!text) throw new Error(`Refusal "${refusal.refusal}" is not declared.`)
  return { ok: false, refusal, text }
}

/** Runs one command, reaction or task: read, perhaps perform, decide, and write everything in one transaction. */
export async function run(spec: Deciding, input: any, request: Request, world: World): Promise<Result> {
  const keep = request.key === undefined ? undefined : keepFor(request, request.key, input, world)
  const result = await attempt(spec, input, request, world, keep)
  // A repeat may run beside its original: what that one wrote must not refuse this one.
  return result.ok ? result : ((await replay(world.table, keep, request.key)) ?? result)
}

async function attempt(spec: Deciding, asked: any, request: Request, world: World, keep?: Keep): Promise<Result> {
  const { signature: given, ...input } = 'signs' in spec ? asked : { ...asked, signature: undefined }
  const context: Context = { now: world.now(), actor: request.actor, newId: (entity) => world.newId(entity) }
  let performed: { value: unknown } | undefined
  let [changed, met] = [0, 0]
  for (;;) {
    // The answer to an earlier request with this key travels with the states.
    const [earlier, loading, early] = await Promise.all([
      replay(world.table, keep, request.key),
      load(world.table, spec.reads, input, request.actor),
      needsEpoch(spec) ? cover(world.table, undefined, nodesInInput(spec, input)) : undefined,
      makesNodes(spec.emits) ? world.ready() : undefined,
    ])
    if (earlier) return earlier
    if (loading.refusal) return no(loading.refusal)
    const guarded = guardedNodes(spec.reads, input, loading.states)
    const free = early && (await cover(world.table, early, guarded))
    const frozen = guarded.find((node) => free?.recalls.has(node))
    if (frozen) {
      const recalls = free!.recalls.get(frozen)!.join(', ')
      return no(refuse('stock-frozen', { lotId: frozen, lot: labelOf(loading.seen, frozen), recalls }))
    }

    performed ??= { value: await spec.perform?.(loading.states, input, world.ports as Ports, context) }
    const decided = spec.decide(loading.states, input, context, performed.value)
    if (isRefusal(decided)) return no(decided, spec.refuses)
    if (isDispatch(decided)) return runDispatched(decided, request, world, keep)
    const facts: Fact[] = Array.isArray(decided) ? decided : [decided]
    if (facts.length === 0)
      return {
        ok: true,
        answer: { bodyHash: '', status: 200, body: { facts: [] } },
        ledger: [],
        performed: performed.value,
      }

    // Last, so that nobody signs what is refused anyway.
    const signature = signatureUnder(spec, input, given, loading, performed.value, context)
    if (isRefusal(signature)) return no(signature)

    const { writes, ledger, answer } = settle({
      command: request.command,
      request: request.id,
      context,
      seen: loading.seen,
      facts,
      freeze: free && (await cover(world.table, free, inheritedFrom(facts))),
      epochCopy: Math.floor(world.random() * epochCopies),
      keep,
      signature,
    })
    const twice = claimedTwice(writes)
    if (twice) return no(existsAlready(twice))
    const outcome = await world.table.transact(writes)
    if (outcome.done) return { ok: true, answer, ledger, performed: performed.value }

    const failed = outcome.failed === undefined ? undefined : writes[outcome.failed]
    const overtaken = failed?.kind === 'unique' && loading.vacant.has(claimOf(failed))
    const refusal = failed && !overtaken && refusalOf(failed, outcome, loading.seen)
    if (refusal) return no(refusal)
    if (failed && failed.kind !== 'epoch' ? ++changed >= attempts : ++met >= meetings)
      return no(refuse('too-busy', { about: failed ? aboutOf(failed) : 'the same records' }))
    if (spec.onlyReads) performed = undefined
    await world.wait(world.random() * 10 * 2 ** (changed + met))
  }
}

/** The signature under what was decided, or why it does not hold. */
function signatureUnder(
  spec: Deciding & Pick<Command, 'signs'>,
  input: unknown,
  signature: any,
  { states, seen }: Loading,
  performed: unknown,
  context: Context,
): Signature | Refusal | undefined {
  const { signs, reads } = spec
  if (!signs) return undefined
  const { record } = signs
  const mine = (one: Seen) => record && one.entity === reads[record].entity && one.id === states[record]?.id
  return signed(signs, { states, input, performed, signature, context, head: seen.find(mine)?.stored?.head })
}

/** Runs a dispatched command under the key of the message that caused it. */
async function runDispatched(dispatch: Dispatch, request: Request, world: World, keep?: Keep): Promise<Result> {
  const { dispatch: command, actor } = dispatch
  const spec = world.commands?.[command]
  if (!spec) throw new Error(`${request.command} dispatches ${command}, which it does not name in "dispatches".`)
  const { data, error } = spec.input.safeParse(dispatch.input)
  if (error) return no(refuse('input-invalid', { errors: fieldErrors(error) }))
  return attempt(spec, data, { ...request, command, actor }, world, keep)
}

type Keep = NonNullable<Settling['keep']>

/** What people call a lot: its number and serial; its id where it has none. */
function labelOf(seen: readonly Seen[], id: string): string {
  const { number, serial } = seen.find((one) => one.id === id)?.stored?.data ?? {}
  return [number, serial].filter(Boolean).join(' / ') || id
}

function keepFor(request: Request, key: string, input: unknown, world: World): Keep {
  return {
    key: `${request.actor.sub}#${key}`,
    bodyHash: sha256(canonical({ command: request.command, input: request.says ?? input })),
    expires: Math.floor(Date.parse(world.now()) / 1000) + answerLife,
  }
}

/** The answer that the request got before, if it was answered. */
async function replay(table: Table, keep: Keep | undefined, key: string | undefined): Promise<Result | undefined> {
  const answer = keep && (await table.answer(keep.key))
  if (!answer) return undefined
  if (answer.bodyHash !== keep.bodyHash) return no(refuse('key-reused', { key }))
  return { ok: true, answer, ledger: [], performed: undefined }
}

/** Nodes on which a recall's freeze refuses. */
function guardedNodes(reads: Reads, input: unknown, states: Record<string, any>): string[] {
  const guarded = Object.entries(reads).filter(([, one]) => one.mustBeFree)
  const nodes = guarded.flatMap(([name, one]) =>
    one.keys ? states[name].flatMap((state: { id: string } | undefined) => state?.id ?? []) : idsOf(one, input, states),
  )
  return [...new Set<string>(nodes)]
}

const drawsEdges = ({ emits }: Deciding) => emits.some((fact: FactType) => fact.edges)

/** What draws edges or must be free is written in the epoch it saw, or not at all. */
const needsEpoch = (spec: Deciding) =>
  drawsEdges(spec) || Object.values(spec.reads as Reads).some((one) => one.mustBeFree)

/** Nodes whose freeze will matter and that the input names already, so that they are read along with the states. */
function nodesInInput(spec: Deciding, input: unknown): string[] {
  const inherits = drawsEdges(spec)
  const wanted = Object.values(spec.reads as Reads).filter((one) => one.mustBeFree || (inherits && one.entity.node))
  return wanted.filter((one) => !one.path.startsWith('@')).flatMap((one) => idsOf(one, input, {}))
}

/** What is known of the freeze, and of which nodes. */
interface Covered extends Freeze {
  readonly nodes: ReadonlySet<string>
}

/** Adds these nodes to what is known; all under the oldest epoch, which the transaction checks. */
async function cover(table: Table, known: Covered | undefined, nodes: readonly string[]): Promise<Covered> {
  const missing = [...new Set(nodes)].filter((node) => !known?.nodes.has(node))
  if (known && missing.length === 0) return known
  const more = await table.freeze(missing)
  return {
    epoch: Math.min(more.epoch, known?.epoch ?? more.epoch),
    tail: Math.max(more.tail, known?.tail ?? more.tail),
    recalls: new Map([...(known?.recalls ?? []), ...more.recalls]),
    nodes: new Set([...(known?.nodes ?? []), ...missing]),
  }
}

function refusalOf(failed: Write, outcome: Outcome & { done: false }, seen: readonly Seen[]): Refusal | undefined {
  switch (failed.kind) {
    case 'answer':
      return refuse('too-busy', { about: 'this same request' })
    case 'stock':
      return refuse('stock-short', {
        lotId: failed.lotId,
        lot: labelOf(seen, failed.lotId),
        place: failed.place,
        onHand: Number(outcome.found?.quantity ?? 0),
        wanted: -failed.change,
      })
    case 'unique':
      return existsAlready(failed, outcome.found?.id)
    case 'signIn':
      return refuse('sign-in-used')
    default:
      return undefined
  }
}

type Claim = Extract<Write, { kind: 'unique' }>

const existsAlready = ({ entity, field, value }: Claim, existing?: unknown) =>
  refuse('already-exists', { name: entity.name, field, key: `${field} "${value}"`, existing })

/** A natural key that one command would give to two entities at once. */
function claimedTwice(writes: readonly Write[]): Claim | undefined {
  const claims = writes.filter((write) => write.kind === 'unique')
  return claims.find((claim, index) => claims.findIndex((other) => claimOf(other) === claimOf(claim)) < index)
}

function aboutOf(failed: Write): string {
  switch (failed.kind) {
    case 'state':
      return `${failed.entity.name} ${failed.next.id}`
    case 'check':
      return `${failed.entity.name} ${failed.id}`
    case 'fact':
      return `${failed.entity.name} ${failed.fact.entityId}`
    case 'epoch':
    case 'frozen':
      return 'the freeze of a recall'
    default:
      return 'the same records'
  }
}
