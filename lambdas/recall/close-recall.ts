import * as z from 'zod'
import { effectivenessOf } from '#domain/effectiveness'
import { Lot } from '#domain/lot'
import { hasAnswered, Notice, noticeIdOf } from '#domain/notice'
import { closedAlready, Recall, RecallClosed, recallRefusals } from '#domain/recall'
import { accountsOf, type Open, openInHouse, stillOpen } from '#domain/reconciliation'
import { Reason } from '#domain/values'
import { command, exact, refuse, refused } from '#kit'

const sum = (open: readonly Open[]) => open.reduce((all, { unexplained }) => exact(all + Math.abs(unexplained)), 0)

const missing = { lotId: 'lot_00000000000000000000000001', unexplained: -3 }
const found = { unanswered: [], open: [], effectiveness: effectivenessOf(undefined, [], () => undefined) }
const explanation = {
  ...{ lotId: missing.lotId, quantity: -3, reason: 'Counted twice in the first count' },
  ...{ by: 'usr-other', at: '2026-03-01T09:00:00.000Z' },
}

export const handler = command({
  summary: 'Close a recall or drill: everybody has answered and every quantity is accounted for.',
  route: 'POST /recalls/{recallId}/closure',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id, conclusion: Reason }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallClosed],
  refuses: {
    ...recallRefusals,
    'recall-in-progress': refused(
      'Recall "{title}" is {status}; its parties are not all told yet. Wait until it is "notified".',
      '召回“{title}”状态为 {status}，尚未通知全部相关方。请等待状态变为 “notified”。',
    ),
    'notices-unanswered': refused(
      '{count} of the parties have not acknowledged, the first being {first}. Remind or call them.',
      '尚有 {count} 个相关方未确认，首个为 {first}。请催办或致电。',
    ),
    'balance-open': refused(
      'A quantity of {unexplained} is unexplained, the first in lot {first}. Find it, or explain and sign it.',
      '尚有 {unexplained} 数量无法解释，首个批次为 {first}。请查明，或说明理由并签署。',
    ),
    'effectiveness-open': refused(
      'The effectiveness of recall "{title}" is {verdict}: {checked} of {sampled} are checked. Draw a sample, check it, and act on what failed.',
      '召回“{title}”的有效性为 {verdict}：已检查 {checked}/{sampled}。请抽样、检查并处理不合格项。',
    ),
    'explained-by-closer': refused(
      'You explained what is missing in recall "{title}" yourself. Another person of quality must close it.',
      '召回“{title}”的差异由您本人解释，须由另一名质量人员关闭。',
    ),
  },
  signs: {
    meaning: {
      en: 'I close this recall: everybody was told, it was effective, and every quantity is accounted for.',
      zh: '本人关闭本次召回：各方均已通知，召回有效，全部数量均已核清。',
    },
    record: 'recall',
    unless: ({ recall }) => recall.drill,
  },
  uses: ['scope', 'table'],
  perform: async ({ recall }, { recallId }, { scope, table }) => {
    const shards = recall.shards ?? 1
    const parties = await scope.parties(recallId, shards)
    const found = await table.states(
      parties.map(({ partnerId }) => ({ entity: Notice, id: noticeIdOf(recallId, partnerId) })),
    )
    const notices = found.map((stored) => stored && Notice.schema.parse(stored.data))
    const unanswered = parties.flatMap(({ partnerId }, index) =>
      hasAnswered(notices[index]?.status) ? [] : [partnerId],
    )
    const nodes = (await scope.nodes(recallId, shards)).filter(({ id }) => id.startsWith(`${Lot.prefix}_`))
    const lots = await table.states(nodes.map(({ id }) => ({ entity: Lot, id })))
    const house = await Promise.all(lots.map(async (lot) => openInHouse(lot!, await table.balances(lot!.id))))
    const checks = new Map(parties.map(({ partnerId }, index) => [partnerId, notices[index]?.check]))
    const consignees = parties.flatMap(({ partnerId, role }) => (role === 'customer' ? [partnerId] : []))
    const field = parties.flatMap((party, index) => accountsOf(party, notices[index], recall.drill))
    return {
      unanswered,
      open: [...house, ...field].filter(({ unexplained }) => unexplained !== 0),
      effectiveness: effectivenessOf(recall.sample, consignees, (partnerId) => checks.get(partnerId)),
    }
  },
  decide: ({ recall }, { recallId, conclusion }, { now, actor }, { unanswered, open, effectiveness }) => {
    const { title, status, drill, explanations, checks } = recall
    const closed = closedAlready(recall)
    if (closed) return closed
    if (status !== 'notified') return refuse('recall-in-progress', { title, status })
    if (unanswered.length > 0) return refuse('notices-unanswered', { count: unanswered.length, first: unanswered[0] })
    const left = stillOpen(open, recall)
    if (left.length > 0)
      return refuse('balance-open', { unexplained: sum(left), first: left[0]?.lotId, at: left[0]?.partnerId })
    if (explanations.some(({ by }) => by === actor.sub)) return refuse('explained-by-closer', { title })
    const { verdict, checked, sampled } = effectiveness
    if (!drill && checks && checks.percent > 0 && verdict !== 'effective')
      return refuse('effectiveness-open', { title, verdict, checked, sampled })
    return RecallClosed({ recallId, conclusion, closedAt: now, drill, unexplained: sum(open) })
  },
  examples: [
    {
      name: 'an answered drill without open quantity is closed',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'All found in two minutes' },
      performed: found,
      then: ['RecallClosed'],
    },
    {
      name: 'a recall that still runs is not closed',
      given: { recall: Recall.like({ status: 'scoped', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'Too early' },
      performed: found,
      then: { refused: 'recall-in-progress' },
    },
    {
      name: 'a closed recall is not closed twice',
      given: { recall: Recall.like({ status: 'closed', closedAt: '2026-03-01T09:00:00.000Z' }) },
      when: { recallId: Recall.sample(), conclusion: 'Once more' },
      performed: found,
      then: { refused: 'recall-closed' },
    },
    {
      name: 'a customer has not answered',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'Nearly done' },
      performed: { ...found, unanswered: ['ptr_00000000000000000000000001'] },
      then: { refused: 'notices-unanswered' },
    },
    {
      name: 'a quantity is missing',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'Nearly done' },
      performed: { ...found, open: [missing] },
      then: { refused: 'balance-open' },
    },
    {
      name: 'a quantity is missing, and somebody explained and signed it',
      given: { recall: Recall.like({ status: 'notified', shards: 1, explanations: [explanation] }) },
      when: { recallId: Recall.sample(), conclusion: 'All but three found' },
      performed: { ...found, open: [missing] },
      then: ['RecallClosed'],
    },
    {
      name: 'who explained does not close',
      given: {
        recall: Recall.like({ status: 'notified', shards: 1, explanations: [{ ...explanation, by: 'usr-example' }] }),
      },
      when: { recallId: Recall.sample(), conclusion: 'All but three found' },
      performed: { ...found, open: [missing] },
      then: { refused: 'explained-by-closer' },
    },
    {
      name: 'a real recall whose effectiveness nobody checked',
      given: {
        recall: Recall.like({ status: 'notified', drill: false, shards: 1, checks: { level: 'A', percent: 100 } }),
      },
      when: { recallId: Recall.sample(), conclusion: 'All accounted for' },
      performed: found,
      then: { refused: 'effectiveness-open' },
    },
  ],
})
