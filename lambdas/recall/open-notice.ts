import * as z from 'zod'
import { Notice } from '#domain/notice'
import { answerScript, noticePage } from '#domain/notice-page'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { query } from '#kit'
import { contentFor } from '#recall'

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
  run: async (about, _, ports) =>
    noticePage(await contentFor(about, ports), about.notice.answer, (text) => ports.symbols.dataMatrix(text)),
})
