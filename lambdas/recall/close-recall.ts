import * as z from 'zod'
import { closedAlready, Recall, RecallClosed, recallRefusals } from '#domain/recall'
import { isFresh, type Open, type Reconciled, stillOpen } from '#domain/reconciliation'
import { Reason } from '#domain/values'
import { command, exact, refuse, refused } from '#kit'
import { reconciledOf, reconcileShard } from '#recall'

const sum = (open: readonly Open[]) => open.reduce((all, { unexplained }) => exact(all + Math.abs(unexplained)), 0)

const missing = { lotId: 'lot_00000000000000000000000001', unexplained: -3 }
const found: Reconciled = {
  ...{ pass: 1, at: '2026-03-01T10:00:00.000Z', lots: 2, parties: 2 },
  ...{ unanswered: { count: 0 }, openCount: 0, open: [] },
  effectiveness: { verdict: 'open', checked: 0, sampled: 0 },
}

/** A case of so many partitions at most is accounted for while it is closed; a larger one by a machine before. */
const mostAtOnce = 8

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
    'reconciliation-missing': refused(
      'Recall "{title}" is too large to account for while you wait, and was not accounted for in the last 15 minutes or has changed since. Send POST /recalls/<its id>/reconciliations, wait until "reconciled" is shown, and close then.',
      '召回“{title}”规模较大，无法即时核对，且近 15 分钟内未完成核对或此后有变化。请先 POST /recalls/<编号>/reconciliations，待显示 “reconciled” 后再关闭。',
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
  perform: async ({ recall }, _, ports, { now }): Promise<Reconciled | undefined> => {
    const { shards = 1 } = recall
    if (shards > mostAtOnce) return isFresh(recall, now) ? recall.reconciled : undefined
    const found = await Promise.all(Array.from({ length: shards }, (_, shard) => reconcileShard(recall, shard, ports)))
    const accounts = found.map(({ account }) => account)
    return reconciledOf(recall, accounts, ports, now)
  },
  decide: ({ recall }, { recallId, conclusion }, { now, actor }, reconciled) => {
    const { title, status, drill, explanations, checks } = recall
    const closed = closedAlready(recall)
    if (closed) return closed
    if (status !== 'notified') return refuse('recall-in-progress', { title, status })
    if (!reconciled) return refuse('reconciliation-missing', { title })
    const { unanswered, open, openCount, effectiveness } = reconciled
    if (unanswered.count > 0) return refuse('notices-unanswered', unanswered)
    const left = stillOpen(open, recall)
    if (left.length > 0 || openCount > open.length)
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
      performed: { ...found, unanswered: { count: 1, first: 'ptr_00000000000000000000000001' } },
      then: { refused: 'notices-unanswered' },
    },
    {
      name: 'a large recall is accounted for before',
      given: { recall: Recall.like({ status: 'notified', shards: 512 }) },
      when: { recallId: Recall.sample(), conclusion: 'All found' },
      performed: undefined,
      then: { refused: 'reconciliation-missing' },
    },
    {
      name: 'a quantity is missing',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'Nearly done' },
      performed: { ...found, openCount: 1, open: [missing] },
      then: { refused: 'balance-open' },
    },
    {
      name: 'a quantity is missing, and somebody explained and signed it',
      given: { recall: Recall.like({ status: 'notified', shards: 1, explanations: [explanation] }) },
      when: { recallId: Recall.sample(), conclusion: 'All but three found' },
      performed: { ...found, openCount: 1, open: [missing] },
      then: ['RecallClosed'],
    },
    {
      name: 'who explained does not close',
      given: {
        recall: Recall.like({ status: 'notified', shards: 1, explanations: [{ ...explanation, by: 'usr-example' }] }),
      },
      when: { recallId: Recall.sample(), conclusion: 'All but three found' },
      performed: { ...found, openCount: 1, open: [missing] },
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
