import * as z from 'zod'
import { Recall } from '#domain/recall'
import { reportSheet } from '#domain/report'
import { isRefusal, query } from '#kit'
import { asked, report } from '#recall/report'

export const handler = query({
  summary: 'Give a report on a recall as PDF; ask with "Accept: application/pdf".',
  route: 'GET /recalls/{recallId}/reports/{form}/pdf',
  roles: ['quality', 'auditor', 'admin'],
  file: 'application/pdf',
  input: z.strictObject(asked),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table', 'paper'],
  refuses: ['entity-unknown'],
  output: z.custom<Uint8Array>((value) => value instanceof Uint8Array),
  run: async ({ recall }, input, { paper, ...ports }) => {
    const made = await report(recall, input, ports)
    return isRefusal(made) ? made : paper.pdf(reportSheet(made))
  },
})
