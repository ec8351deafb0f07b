import * as z from 'zod'
import { Recall } from '#domain/recall'
import { Report } from '#domain/report'
import { Code, Language } from '#domain/values'
import { query } from '#kit'
import { report } from '#recall/report'

export const handler = query({
  summary: 'Give a report on a recall as data: fda-806, fda-status, eu-fsca, eu-fsn, cn-event, drill and others.',
  route: 'GET /recalls/{recallId}/reports/{form}',
  roles: ['quality', 'auditor', 'admin'],
  input: z.strictObject({ recallId: Recall.id, form: Code, language: Language.optional() }),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table'],
  refuses: ['entity-unknown'],
  output: Report,
  run: ({ recall }, input, ports) => report(recall, input, ports),
})
