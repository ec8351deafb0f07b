import type * as z from 'zod'
import { conflict, invalid, refuse, refused, shared } from '#kit'
import { type Answer, type KeptAnswer, type Shipped, toldOf } from './answer.ts'
import { unitMismatch, unitRefusals } from './lot.ts'

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
    'Some of lot {number} was destroyed. Name the witness who saw it ("witness").',
    '批次 {number} 有销毁数量，请填写销毁见证人（“witness”）。',
  ),
  'recipient-missing': invalid(
    'Some of lot {number} was passed on. Name to whom ("recipients"), so that they can be told.',
    '批次 {number} 有转出数量，请填写转出给哪些单位（“recipients”），以便通知。',
  ),
  'answer-contradicts': invalid(
    'You say that you have none of it, and yet what became of it. Say that you have or had some ("affected"), or leave the quantities out.',
    '所填“不受影响”与数量相矛盾。请勾选现有或曾有该产品（“affected”），或不填数量。',
  ),
})

type Kept = z.infer<typeof KeptAnswer>
type LineOf = Kept['lines'][number]

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
