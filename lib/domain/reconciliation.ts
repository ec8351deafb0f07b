import * as z from 'zod'
import { type AffectedParty, exact } from '#kit'
import { shippedTo, toldOf } from './answer.ts'
import type { NoticeState } from './notice.ts'
import type { RecallState } from './recall.ts'
import { Instant } from './values.ts'

/** What became of one lot at one consignee; all in the lot's unit. */
export const Account = z.object({
  partnerId: z.string(),
  lotId: z.string(),
  number: z.string(),
  serial: z.string().optional(),
  unit: z.string(),
  shipped: z.number(),
  found: z.number(),
  used: z.number(),
  returned: z.number(),
  destroyed: z.number(),
  passedOn: z.number(),
  /** Shipped, and nobody said what became of it. */
  unexplained: z.number(),
})
export type Account = z.infer<typeof Account>

/**
 * Accounts for everything that a customer got. In a drill nobody outside is asked, and so the records themselves, which
 * say who has it, are taken for the answer.
 */
export function accountsOf(party: AffectedParty, notice: NoticeState | undefined, drill: boolean): Account[] {
  const lines = new Map(notice?.answer?.lines.map((line) => [line.lotId, line]))
  return shippedTo(party).map(({ lotId, number, serial, unit, quantity: shipped }) => {
    const line = lines.get(lotId)
    const told = line ? toldOf(line) : 0
    const { used, returned, destroyed, passedOn } = line ?? { used: 0, returned: 0, destroyed: 0, passedOn: 0 }
    return {
      ...{ partnerId: party.partnerId, lotId, number, serial, unit, shipped },
      ...{ found: drill ? exact(shipped - told + (line?.found ?? 0)) : (line?.found ?? 0) },
      ...{ used, returned, destroyed, passedOn },
      unexplained: drill ? 0 : exact(shipped - told),
    }
  })
}

/** A quantity of a lot of which nobody knows what became of it, at a consignee or in the house. */
const Open = z.object({ partnerId: z.string().optional(), lotId: z.string(), unexplained: z.number() })
export type Open = z.infer<typeof Open>

/** Of so many open quantities each is kept; where there are more, nobody could explain them one by one. */
export const mostOpen = 300

/** What a reconciliation found, over all partitions of a scope. */
export const Reconciled = z.object({
  /** Of this pass over the scope. */
  pass: z.number().int(),
  at: Instant,
  lots: z.number().int(),
  parties: z.number().int(),
  /** Parties that gave no sign, and the first of them. */
  unanswered: z.object({ count: z.number().int(), first: z.string().optional() }),
  /** Quantities that are open, before explanations, and the first of them. */
  openCount: z.number().int(),
  open: z.array(Open).max(mostOpen),
  effectiveness: z.object({
    verdict: z.enum(['open', 'effective', 'ineffective']),
    checked: z.number().int(),
    sampled: z.number().int(),
  }),
})
export type Reconciled = z.infer<typeof Reconciled>

/** The same of one partition. */
export interface ShardAccount {
  readonly pass: number
  readonly lots: number
  readonly parties: number
  readonly consignees: readonly string[]
  /** Fingerprint of the notices' versions: a party that answered meanwhile changes it. */
  readonly notices: string
  readonly unanswered: readonly string[]
  readonly openCount: number
  readonly open: readonly Open[]
}

/** All partitions together. */
export function together(shards: readonly ShardAccount[]): Omit<Reconciled, 'pass' | 'at' | 'effectiveness'> {
  const sum = (of: (one: ShardAccount) => number) => shards.reduce((all, one) => all + of(one), 0)
  const unanswered = shards.flatMap((one) => one.unanswered)
  return {
    ...{ lots: sum(({ lots }) => lots), parties: sum(({ parties }) => parties) },
    unanswered: { count: unanswered.length, first: unanswered[0] },
    openCount: sum(({ openCount }) => openCount),
    open: shards.flatMap(({ open }) => open).slice(0, mostOpen),
  }
}

/** Milliseconds for which a reconciliation is taken for what is true now. */
const fresh = 15 * 60_000

/** Whether a case may be closed by what a reconciliation found: it is of this scope, and nothing is known to have changed since. */
export const isFresh = ({ reconciled, pass }: Pick<RecallState, 'reconciled' | 'pass'>, now: string) =>
  reconciled !== undefined && reconciled.pass === pass && Date.parse(now) - Date.parse(reconciled.at) <= fresh

/** What is still open when the signed explanations are taken off; one that explains too much is open too. */
export function stillOpen(open: readonly Open[], { explanations }: Pick<RecallState, 'explanations'>): Open[] {
  const keyOf = ({ partnerId = '', lotId }: Pick<Open, 'partnerId' | 'lotId'>) => `${partnerId} ${lotId}`
  const explained = new Map<string, number>()
  for (const one of explanations) explained.set(keyOf(one), exact((explained.get(keyOf(one)) ?? 0) + one.quantity))
  return open
    .map((one) => ({ ...one, unexplained: exact(one.unexplained - (explained.get(keyOf(one)) ?? 0)) }))
    .filter(({ unexplained }) => unexplained !== 0)
}
