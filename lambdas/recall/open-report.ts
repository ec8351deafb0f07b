import * as z from 'zod'
import { Recall } from '#domain/recall'
import { reportSheet } from '#domain/report'
import { printScript, sheetPage } from '#domain/sheet-page'
import { isRefusal, query } from '#kit'
import { asked, report } from '#recall/report'

export const handler = query({
  summary: 'Show a report on a recall as a page.',
  route: 'GET /recalls/{recallId}/reports/{form}/page',
  roles: ['quality', 'auditor', 'admin'],
  page: { script: printScript },
  input: z.strictObject(asked),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table'],
  refuses: ['entity-unknown'],
  output: z.string(),
  run: async ({ recall }, input, ports) => {
    const made = await report(recall, input, ports)
    return isRefusal(made) ? made : sheetPage(reportSheet(made))
  },
})
