import * as z from 'zod'
import { Lot, type LotState } from '#domain/lot'
import { massBalance } from '#domain/mass-balance'
import { Notice, noticeIdOf } from '#domain/notice'
import { Recall, RecallClosed, recallRefusals } from '#domain/recall'
import { Reason } from '#domain/values'
import { command, refuse, refused } from '#kit'

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
      'A quantity of {unexplained} is unexplained, the first in lot {first}. Find it or scrap it with a reason.',
      '尚有 {unexplained} 数量无法解释，首个批次为 {first}。请查明或说明理由后报废。',
    ),
  },
  uses: ['scope', 'table'],
  perform: async ({ recall }, { recallId }, { scope, table }) => {
    const shards = recall.shards ?? 1
    const parties = await scope.parties(recallId, shards)
    const notices = await table.states(
      parties.map(({ partnerId }) => ({ entity: Notice, id: noticeIdOf(recallId, partnerId) })),
    )
    const unanswered = parties
      .filter((_, index) => notices[index]?.data.status !== 'acknowledged')
      .map(({ partnerId }) => partnerId)
    const nodes = (await scope.nodes(recallId, shards)).filter(({ id }) => id.startsWith(`${Lot.prefix}_`))
    const lots = await table.states(nodes.map(({ id }) => ({ entity: Lot, id })))
    const balances = await Promise.all(
      lots.map(async (lot) => ({
        lotId: lot!.id,
        ...massBalance(lot!.data as LotState, await table.balances(lot!.id)),
      })),
    )
    const open = balances
      .filter(({ unexplained }) => unexplained !== 0)
      .map(({ lotId, unexplained }) => ({ lotId, unexplained }))
    return { unanswered, open }
  },
  decide: ({ recall }, { recallId, conclusion }, { now }, { unanswered, open }) => {
    const { title, status, closedAt, drill } = recall
    if (status === 'closed') return refuse('recall-closed', { title, closedAt })
    if (status !== 'notified') return refuse('recall-in-progress', { title, status })
    if (unanswered.length > 0) return refuse('notices-unanswered', { count: unanswered.length, first: unanswered[0] })
    const unexplained = open.reduce((sum, one) => sum + Math.abs(one.unexplained), 0)
    if (open.length > 0) return refuse('balance-open', { unexplained, first: open[0]?.lotId })
    return RecallClosed({ recallId, conclusion, closedAt: now, drill, unexplained })
  },
  examples: [
    {
      name: 'an answered drill without open quantity is closed',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'All found in two minutes' },
      performed: { unanswered: [], open: [] },
      then: ['RecallClosed'],
    },
    {
      name: 'a recall that still runs is not closed',
      given: { recall: Recall.like({ status: 'frozen', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'Too early' },
      performed: { unanswered: [], open: [] },
      then: { refused: 'recall-in-progress' },
    },
    {
      name: 'a closed recall is not closed twice',
      given: { recall: Recall.like({ status: 'closed', closedAt: '2026-03-01T09:00:00.000Z' }) },
      when: { recallId: Recall.sample(), conclusion: 'Once more' },
      performed: { unanswered: [], open: [] },
      then: { refused: 'recall-closed' },
    },
    {
      name: 'a customer has not answered',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'Nearly done' },
      performed: { unanswered: ['ptr_00000000000000000000000001'], open: [] },
      then: { refused: 'notices-unanswered' },
    },
    {
      name: 'a quantity is missing',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample(), conclusion: 'Nearly done' },
      performed: { unanswered: [], open: [{ lotId: 'lot_00000000000000000000000001', unexplained: -3 }] },
      then: { refused: 'balance-open' },
    },
  ],
})
