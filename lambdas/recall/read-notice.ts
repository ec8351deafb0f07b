import * as z from 'zod'
import { Item, type ItemState } from '#domain/item'
import { Lot, type LotState } from '#domain/lot'
import { Notice } from '#domain/notice'
import { contentOf } from '#domain/notice-content'
import { NoticeTwin, twinOf } from '#domain/notice-twin'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { query } from '#kit'

export const handler = query({
  summary:
    'Give a recall notice to a machine that holds its link: GS1 Digital Links and FHIR devices to match against.',
  route: 'GET /links/{noticeId}/{proof}/notice',
  link: true,
  input: z.strictObject({ noticeId: Notice.id, proof: z.string().max(60) }),
  reads: {
    notice: Notice.at('noticeId'),
    recall: Recall.of('notice.recallId'),
    partner: Partner.of('notice.partnerId'),
  },
  uses: ['scope', 'table'],
  output: NoticeTwin,
  run: async ({ notice, recall, partner }, { noticeId }, { scope, table }) => {
    const { recallId, shard, partnerId, role, sentAt } = notice
    const told = (await scope.partiesOf(recallId, shard)).find((one) => one.partnerId === partnerId)
    const party = told ?? { partnerId, role, lots: [] }
    const found = await table.states(party.lots.map(({ lotId }) => ({ entity: Lot, id: lotId })))
    const lots = new Map(found.flatMap((one) => (one ? [[one.id, one.data as LotState]] : [])))
    const kinds = [...new Set([...lots.values()].map(({ itemId }) => itemId))]
    const kept = await table.states(kinds.map((id) => ({ entity: Item, id })))
    const items = new Map(kept.flatMap((one) => (one ? [[one.id, one.data as ItemState]] : [])))
    const content = contentOf({ noticeId, sentAt, recall, partner, party, lots, items })
    return twinOf(content)
  },
})
