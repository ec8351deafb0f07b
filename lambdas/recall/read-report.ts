import * as z from 'zod'
import { Recall } from '#domain/recall'
import { Report } from '#domain/report'
import { query } from '#kit'
import { asked, report } from '#recall/report'

export const handler = query({
  summary: 'Give a report on a recall as data: fda-806, fda-status, eu-fsca, eu-fsn, cn-event, drill and others.',
  route: 'GET /recalls/{recallId}/reports/{form}',
  roles: ['quality', 'auditor', 'admin'],
  input: z.strictObject(asked),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table'],
  refuses: ['entity-unknown'],
  output: Report,
  run: ({ recall }, input, ports) => report(recall, input, ports),
})
