import * as z from 'zod'
import { Notice } from '#domain/notice'
import { noticeSheet } from '#domain/notice-sheet'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { query } from '#kit'
import { contentFor } from '#recall'

export const handler = query({
  summary: 'Give a recall notice as PDF to whoever holds its link; ask with "Accept: application/pdf".',
  route: 'GET /links/{noticeId}/{proof}/pdf',
  link: true,
  file: 'application/pdf',
  input: z.strictObject({ noticeId: Notice.id, proof: z.string().max(60) }),
  reads: {
    notice: Notice.at('noticeId'),
    recall: Recall.of('notice.recallId'),
    partner: Partner.of('notice.partnerId'),
  },
  uses: ['scope', 'table', 'symbols', 'paper'],
  output: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  run: async (about, _, ports) =>
    ports.paper.pdf(noticeSheet(await contentFor(about, ports), (text) => ports.symbols.dataMatrix(text))),
})
