import * as z from 'zod'
import { type AffectedParty, conflict, exact, invalid, refuse, refused, shared } from '#kit'
import { Lot, unitMismatch, unitRefusals } from './lot.ts'
import { Instant, Line, Quantity, QuantityOrZero } from './values.ts'

/** What became of one lot at the party; each piece counts in one of these only. */
const AnswerLine = z.strictObject({
  lotId: Lot.id,
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
  lotId: Lot.id.optional(),
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

export const answerRefusals = shared({
  ...unitRefusals,
  'answer-final': conflict(
    '{answeredBy} gave a final answer on {answeredAt}. Write to the sender of the notice if it was wrong.',
    '{answeredBy} 已于 {answeredAt} 作出最终答复。如有错误，请联系通知发件人。',
  ),
  'lot-never-there': refused(
    'Lot {lotId} was never shipped to you. Answer for the lots of your notice only.',
    '批次 {lotId} 从未发给贵方。请仅就通知所列批次作答。',
  ),
  'answer-exceeds-shipment': refused(
    'Of lot {number} you got {shipped}, but {told} are told of. Count each piece once.',
    '贵方收到批次 {number} 共 {shipped}，而所填合计为 {told}。每件只计一次。',
  ),
  'witness-missing': invalid(
    'Some of lot {number} was destroyed. Name in "witness" who saw it.',
    '批次 {number} 有销毁数量，请在 “witness” 中填写见证人。',
  ),
  'recipient-missing': invalid(
    'Some of lot {number} was passed on. Name in "recipients" to whom, so that they can be told.',
    '批次 {number} 有转出数量，请在 “recipients” 中填写接收方，以便通知。',
  ),
  'answer-contradicts': invalid(
    'You say that you have none of it, and yet what became of it. Set "affected", or leave the lines out.',
    '所填“不受影响”与数量相矛盾。请将 “affected” 设为 true，或去掉各行。',
  ),
})

/** What a party got of one lot, over all shipments. */
export interface Shipped {
  readonly lotId: string
  readonly number: string
  readonly serial?: string | undefined
  readonly quantity: number
  readonly unit: string
}

/** A customer's lots, each once; a supplier got nothing. */
export function shippedTo({ role, lots }: Pick<AffectedParty, 'role' | 'lots'>): Shipped[] {
  if (role === 'supplier') return []
  const sums = new Map<string, Shipped>()
  for (const lot of lots)
    sums.set(lot.lotId, { ...lot, quantity: exact((sums.get(lot.lotId)?.quantity ?? 0) + lot.quantity) })
  return [...sums.values()]
}

type Kept = z.infer<typeof KeptAnswer>
type LineOf = Kept['lines'][number]

export const toldOf = ({ found, used, returned, destroyed, passedOn }: LineOf) =>
  exact(found + used + returned + destroyed + passedOn)

/** Why an answer cannot be right, or undefined when it can. */
export function wrongAnswer(shipped: readonly Shipped[], earlier: Kept | undefined, answer: Answer) {
  if (earlier?.complete) return refuse('answer-final', earlier)
  if (!answer.affected && answer.lines.some((line) => toldOf(line) > 0)) return refuse('answer-contradicts')
  const lots = new Map(shipped.map((lot) => [lot.lotId, lot]))
  for (const line of answer.lines) {
    const wrong = wrongLine(lots.get(line.lotId), line, answer.recipients.length > 0)
    if (wrong) return wrong
  }
  return undefined
}

function wrongLine(lot: Shipped | undefined, line: LineOf, recipients: boolean) {
  if (!lot) return refuse('lot-never-there', { lotId: line.lotId })
  const { number, unit, quantity: shipped } = lot
  const parts = [line.found, line.used, line.returned, line.destroyed, line.passedOn]
  const broken = parts.map((part) => unitMismatch(lot, unit, part)).find((refusal) => refusal !== undefined)
  if (broken) return broken
  if (toldOf(line) > shipped) return refuse('answer-exceeds-shipment', { number, shipped, told: toldOf(line) })
  if (line.destroyed > 0 && line.witness === undefined) return refuse('witness-missing', { number })
  if (line.passedOn > 0 && !recipients) return refuse('recipient-missing', { number })
  return undefined
}

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
