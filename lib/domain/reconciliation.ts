import * as z from 'zod'
import { type AffectedParty, exact, type Stored } from '#kit'
import { shippedTo, toldOf } from './answer.ts'
import { massBalance } from './mass-balance.ts'
import type { NoticeState } from './notice.ts'
import type { RecallState } from './recall.ts'

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
export interface Open {
  readonly partnerId?: string | undefined
  readonly lotId: string
  readonly unexplained: number
}

/** What is open in the house: differences that counts found. */
export const openInHouse = (lot: Stored, balances: Parameters<typeof massBalance>[1]): Open => ({
  lotId: lot.id,
  unexplained: massBalance(lot.data as { quantity: number }, balances).unexplained,
})

/** What is still open when the signed explanations are taken off; one that explains too much is open too. */
export function stillOpen(open: readonly Open[], { explanations }: Pick<RecallState, 'explanations'>): Open[] {
  const keyOf = ({ partnerId = '', lotId }: Pick<Open, 'partnerId' | 'lotId'>) => `${partnerId} ${lotId}`
  const explained = new Map<string, number>()
  for (const one of explanations) explained.set(keyOf(one), exact((explained.get(keyOf(one)) ?? 0) + one.quantity))
  return open
    .map((one) => ({ ...one, unexplained: exact(one.unexplained - (explained.get(keyOf(one)) ?? 0)) }))
    .filter(({ unexplained }) => unexplained !== 0)
}
