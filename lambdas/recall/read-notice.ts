import * as z from 'zod'
import { Notice } from '#domain/notice'
import { NoticeTwin, twinOf } from '#domain/notice-twin'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { query } from '#kit'
import { contentFor } from '#recall'

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
  run: async (about, _, ports) => twinOf(await contentFor(about, ports)),
})
