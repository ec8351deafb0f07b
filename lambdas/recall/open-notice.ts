import * as z from 'zod'
import { Item, type ItemState } from '#domain/item'
import { Lot, type LotState } from '#domain/lot'
import { Notice } from '#domain/notice'
import { contentOf } from '#domain/notice-content'
import { answerScript, noticePage } from '#domain/notice-page'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { query } from '#kit'

export const handler = query({
  summary: 'Show a recall notice to whoever holds its link, as a page in their language with a form for the answer.',
  route: 'GET /links/{noticeId}/{proof}',
  link: true,
  page: { script: answerScript },
  input: z.strictObject({ noticeId: Notice.id, proof: z.string().max(60) }),
  reads: {
    notice: Notice.at('noticeId'),
    recall: Recall.of('notice.recallId'),
    partner: Partner.of('notice.partnerId'),
  },
  uses: ['scope', 'table', 'symbols'],
  output: z.string(),
  run: async ({ notice, recall, partner }, { noticeId }, { scope, table, symbols }) => {
    const { recallId, shard, partnerId, role, sentAt } = notice
    const told = (await scope.partiesOf(recallId, shard)).find((one) => one.partnerId === partnerId)
    const party = told ?? { partnerId, role, lots: [] }
    const found = await table.states(party.lots.map(({ lotId }) => ({ entity: Lot, id: lotId })))
    const lots = new Map(found.flatMap((one) => (one ? [[one.id, one.data as LotState]] : [])))
    const kinds = [...new Set([...lots.values()].map(({ itemId }) => itemId))]
    const kept = await table.states(kinds.map((id) => ({ entity: Item, id })))
    const items = new Map(kept.flatMap((one) => (one ? [[one.id, one.data as ItemState]] : [])))
    const content = contentOf({ noticeId, sentAt, recall, partner, party, lots, items })
    return noticePage(content, notice.answer, (text) => symbols.dataMatrix(text))
  },
})
