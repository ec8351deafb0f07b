import * as z from 'zod'
import type { AffectedNode, AffectedParty, Balance } from '#kit'
import type { LotState } from './lot.ts'
import { massBalance } from './mass-balance.ts'
import type { PartnerState } from './partner.ts'

/** A kind of gap in the records that would cost time in a real recall. */
export const Hole = z.object({
  /**
   * `possible:<rule>`: only possibly affected, as the records do not say more; `balance-open`: pieces of a lot are
   * nowhere; `party-unreachable`: nobody there to write to; `phone-missing`: nobody there to call;
   * `unfinished`: the drill did not come to its end.
   */
  kind: z.string(),
  count: z.number().int(),
  /** One of them, to look at. */
  example: z.string(),
})

/** What a drill showed: how fast the answer came, and how complete it was. */
export const DrillResult = z.object({
  secondsToFrozen: z.number().optional(),
  secondsToScope: z.number().optional(),
  secondsToNotified: z.number().optional(),
  lots: z.number().int(),
  parties: z.number().int(),
  /** How much of each lot is at a known place, on average over the lots, in percent. */
  accounted: z.number(),
  /** The commonest first. */
  holes: z.array(Hole),
})
export type DrillResult = z.infer<typeof DrillResult>

/** What a drill found, read from the scope and the records as they stand. */
export interface Found {
  readonly nodes: readonly AffectedNode[]
  readonly lots: readonly { readonly id: string; readonly state: LotState; readonly balances: readonly Balance[] }[]
  readonly parties: readonly AffectedParty[]
  readonly partners: ReadonlyMap<string, PartnerState>
}

interface Times {
  readonly openedAt: string
  readonly frozenAt?: string | undefined
  readonly scopedAt?: string | undefined
  readonly notifiedAt?: string | undefined
}

/** Judges a drill by its times and by what was found. */
export function drillResultOf({ openedAt, frozenAt, scopedAt, notifiedAt }: Times, found: Found): DrillResult {
  const since = (then: string | undefined) =>
    then === undefined ? undefined : (Date.parse(then) - Date.parse(openedAt)) / 1000
  const shares = found.lots.map(({ id, state, balances }) => ({ id, known: knownShare(state, balances) }))
  const { length: lots } = shares
  return {
    secondsToFrozen: since(frozenAt),
    secondsToScope: since(scopedAt),
    secondsToNotified: since(notifiedAt),
    ...{ lots, parties: found.parties.length },
    accounted: lots === 0 ? 0 : percent(shares.reduce((sum, { known }) => sum + known, 0) / lots),
    holes: ranked([
      ...shares.flatMap(({ id, known }) => (known < 1 ? [['balance-open', id] as const] : [])),
      ...found.nodes.flatMap(({ id, grade, rule }) =>
        grade === 'possible' ? [[`possible:${rule}`, id] as const] : [],
      ),
      ...found.parties.flatMap(({ partnerId }) => holesOfParty(partnerId, found.partners.get(partnerId))),
      ...(notifiedAt ? [] : [['unfinished', openedAt] as const]),
    ]),
  }
}

const percent = (share: number) => Number((100 * share).toFixed(2))

/** Which part of a lot is at a known place; what a count found too much is as unknown as what it found missing. */
function knownShare(lot: LotState, balances: readonly Balance[]): number {
  const { born, balanced, unexplained } = massBalance(lot, balances)
  if (!balanced || born === 0) return 0
  return Math.max(0, 1 - Math.abs(unexplained) / born)
}

function holesOfParty(id: string, partner: PartnerState | undefined): (readonly [kind: string, example: string])[] {
  if (!partner || partner.contacts.length === 0) return [['party-unreachable', id]]
  return partner.contacts.some(({ phone }) => phone) ? [] : [['phone-missing', id]]
}

/** Counts holes by kind, the commonest first. */
export function ranked(holes: readonly (readonly [kind: string, example: string])[]): z.infer<typeof Hole>[] {
  const byKind = [...Map.groupBy(holes, ([kind]) => kind)]
  return byKind
    .map(([kind, some]) => ({ kind, count: some.length, example: some[0]![1] }))
    .sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1))
}

/** The value below which this part of some numbers lies; undefined where there are none. */
export function quantileOf(numbers: readonly number[], part: number): number | undefined {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
}
