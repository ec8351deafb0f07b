import type { Actor } from '#kit'
import { conflict, forbidden, type Refusal, refuse, refused, shared } from '#kit'
import { expired, type LotState, lotRefusals } from './lot.ts'

/** Why a lot may not be released, for one lot and for many. */
export const releaseRefusals = shared({
  'lot-held': lotRefusals['lot-held'],
  'lot-expired': lotRefusals['lot-expired'],
  'lot-not-in-quarantine': conflict(
    'Lot {number} is {status} already. Only a lot in quarantine can be released.',
    '批次 {number} 状态已为 {status}。仅待检批次可放行。',
  ),
  'lot-uninspected': refused(
    'Lot {number} has not been inspected since it came into quarantine. Record an inspection first.',
    '批次 {number} 进入待检后尚未检验。请先记录检验结果。',
  ),
  'inspection-failed': refused(
    'Lot {number} failed its last inspection: {note}. Reject it, or inspect it again after correction.',
    '批次 {number} 最近一次检验不合格：{note}。请拒收，或纠正后重新检验。',
  ),
  'released-by-its-maker': forbidden(
    'You made or received lot {number} yourself. Another person of quality must release it.',
    '批次 {number} 由您本人生产或接收。须由另一位质量人员放行。',
  ),
})

/** The first reason why this person may not release this lot now. */
export function unreleasable(
  lot: LotState,
  actor: Actor,
  now: string,
): Refusal<keyof typeof releaseRefusals> | undefined {
  const { number, status, expires } = lot
  const last = lot.inspections.at(-1)
  if (status === 'held') return refuse('lot-held', { number, reason: lot.hold })
  if (status !== 'quarantine') return refuse('lot-not-in-quarantine', { number, status })
  if (lot.bornBy === actor.sub) return refuse('released-by-its-maker', { number })
  if (expired(lot, now)) return refuse('lot-expired', { number, expires })
  if (!last) return refuse('lot-uninspected', { number })
  if (!last.passed) return refuse('inspection-failed', { number, note: last.note })
  return undefined
}
