import * as z from 'zod'
import { FormData, ReportForm, ReportFormRevised } from '#domain/report-form'
import { command } from '#kit'

const { code: _, ...form } = ReportForm.like({ source: 'BASG guidance, read on 2026-03-02' })

export const handler = command({
  summary: 'Change a defined report form: another wording, another order, another provision.',
  route: 'PUT /report-forms/{reportFormId}',
  roles: ['quality', 'admin'],
  input: z.strictObject({ reportFormId: ReportForm.id, form: FormData }),
  reads: { reportForm: ReportForm.at('reportFormId') },
  emits: [ReportFormRevised],
  refuses: {},
  decide: (_, { reportFormId, form }) => ReportFormRevised({ reportFormId, ...form }),
  examples: [
    {
      name: 'its source was read',
      given: { reportForm: ReportForm.like() },
      when: { reportFormId: ReportForm.sample(), form },
      then: ['ReportFormRevised'],
    },
  ],
})
