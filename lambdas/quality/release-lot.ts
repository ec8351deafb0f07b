import * as z from 'zod'
import { expired, Lot, LotReleased, lotRefusals } from '#domain/lot'
import { command, conflict, forbidden, refuse, refused } from '#kit'

const passed = { at: '2026-02-02T08:00:00.000Z', by: 'usr-inspector', passed: true, note: '' }
const waiting = (changes: Parameters<typeof Lot.like>[0] = {}) =>
  Lot.like({ status: 'quarantine', inspections: [passed], ...changes })

export const handler = command({
  summary: 'Let an inspected lot be used and shipped; nobody releases what they made or received.',
  route: 'POST /lots/{lotId}/release',
  roles: ['quality'],
  input: z.strictObject({ lotId: Lot.id }),
  reads: { lot: Lot.at('lotId').unfrozen() },
  emits: [LotReleased],
  refuses: {
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
  },
  decide: ({ lot }, { lotId }, { actor, now }) => {
    const { number, status, expires } = lot
    const last = lot.inspections.at(-1)
    if (status === 'held') return refuse('lot-held', { number, reason: lot.hold })
    if (status !== 'quarantine') return refuse('lot-not-in-quarantine', { number, status })
    if (lot.bornBy === actor.sub) return refuse('released-by-its-maker', { number })
    if (expired(lot, now)) return refuse('lot-expired', { number, expires })
    if (!last) return refuse('lot-uninspected', { number })
    if (!last.passed) return refuse('inspection-failed', { number, note: last.note })
    return LotReleased({ lotId, releasedBy: actor.sub })
  },
  examples: [
    {
      name: 'an inspected lot is released',
      given: { lot: waiting() },
      when: { lotId: Lot.sample() },
      then: ['LotReleased'],
    },
    {
      name: 'a held lot stays held',
      given: { lot: waiting({ status: 'held', heldFrom: 'quarantine', hold: 'Particles found' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-held' },
    },
    {
      name: 'a rejected lot does not come back',
      given: { lot: waiting({ status: 'rejected' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-not-in-quarantine' },
    },
    {
      name: 'nobody releases what they received',
      given: { lot: waiting({ bornBy: 'usr-example' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'released-by-its-maker' },
    },
    {
      name: 'an expired lot is not released',
      given: { lot: waiting({ expires: '2020-01-31' }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-expired' },
    },
    {
      name: 'nothing is released unseen',
      given: { lot: waiting({ inspections: [] }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'lot-uninspected' },
    },
    {
      name: 'the last inspection decides',
      given: { lot: waiting({ inspections: [passed, { ...passed, passed: false, note: 'Seal leaks' }] }) },
      when: { lotId: Lot.sample() },
      then: { refused: 'inspection-failed' },
    },
  ],
})
