import * as z from 'zod'
import { FormData, ReportForm, ReportFormDefined } from '#domain/report-form'
import { Code } from '#domain/values'
import { command } from '#kit'

const { code, ...form } = ReportForm.like()

export const handler = command({
  summary:
    'Define what a report to an authority says and under what words, also in place of a built-in form of that code.',
  route: 'POST /report-forms',
  roles: ['quality', 'admin'],
  input: z.strictObject({ code: Code, form: FormData }),
  reads: {},
  emits: [ReportFormDefined],
  refuses: {},
  decide: (_, { code, form }, { newId }) => ReportFormDefined({ reportFormId: newId(ReportForm), code, ...form }),
  examples: [{ name: 'Austria', given: {}, when: { code, form }, then: ['ReportFormDefined'] }],
})
