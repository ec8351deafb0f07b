import * as z from 'zod'
import { type AffectedParty, exact } from '#kit'
import { Instant, Line, Quantity, QuantityOrZero } from './values.ts'

/** A lot of the notice; whether it is one is not for a schema to say. */
const LotId = z.string().max(40)

/** What became of one lot at the party; each piece counts in one of these only. */
const AnswerLine = z.strictObject({
  lotId: LotId,
  /** Found and kept apart. */
  found: QuantityOrZero.default(0),
  /** Used up; it cannot come back. */
  used: QuantityOrZero.default(0),
  returned: QuantityOrZero.default(0),
  destroyed: QuantityOrZero.default(0),
  /** Who saw the destruction. */
  witness: Line.optional(),
  passedOn: QuantityOrZero.default(0),
})

/** Somebody who got the goods from the party and must hear of the recall. */
const Recipient = z.strictObject({
  name: Line,
  email: z.email().max(254).optional(),
  phone: Line.max(30).optional(),
  lotId: LotId.optional(),
  quantity: Quantity.optional(),
})

/** What a party says to a notice. */
const said = {
  /** The person who answers. */
  answeredBy: Line,
  /** Whether the party has or had any of it. */
  affected: z.boolean(),
  lines: z.array(AnswerLine).max(100).default([]),
  recipients: z.array(Recipient).max(50).default([]),
  /** Everything that the notice asks for is done; the answer is final. */
  complete: z.boolean(),
  note: z.string().max(2000).optional(),
}

export const Answer = z.strictObject(said)
export type Answer = z.infer<typeof Answer>

/** An answer as it is kept, with what earlier answers said of other lots. */
export const KeptAnswer = z.object({ ...said, lines: z.array(AnswerLine), answeredAt: Instant })

/** What a party got of one lot, over all shipments. */
export interface Shipped {
  readonly lotId: string
  readonly number: string
  readonly serial?: string | undefined
  readonly quantity: number
  readonly unit: string
}

/** Lots of a party, each once over all shipments or deliveries. */
export function lotsOf({ lots }: Pick<AffectedParty, 'lots'>): Shipped[] {
  const sums = new Map<string, Shipped>()
  for (const lot of lots)
    sums.set(lot.lotId, { ...lot, quantity: exact((sums.get(lot.lotId)?.quantity ?? 0) + lot.quantity) })
  return [...sums.values()]
}

/** What a customer got; a supplier got nothing. */
export const shippedTo = (party: Pick<AffectedParty, 'role' | 'lots'>) =>
  party.role === 'supplier' ? [] : lotsOf(party)

type Kept = z.infer<typeof KeptAnswer>

/** Everything that is said of a lot, together. */
export const toldOf = ({ found, used, returned, destroyed, passedOn }: Kept['lines'][number]) =>
  exact(found + used + returned + destroyed + passedOn)

/** Puts an answer over an earlier one: what is said of a lot again counts, other lots stay as they were told. */
export function merged(earlier: Kept | undefined, answer: Kept): Kept {
  const again = new Set(answer.lines.map(({ lotId }) => lotId))
  const rest = earlier?.lines.filter(({ lotId }) => !again.has(lotId)) ?? []
  return {
    ...answer,
    lines: [...rest, ...answer.lines],
    recipients: answer.recipients.length > 0 ? answer.recipients : (earlier?.recipients ?? []),
  }
}
