import * as z from 'zod'
import { Notice } from '#domain/notice'
import { Recall } from '#domain/recall'
import { listRecords } from '#kit'

export const handler = listRecords(Notice, 'notices', {
  worklist: { status: z.enum([...Notice.schema.shape.status.options, 'escalated']) },
  group: { recallId: Recall.id },
})
