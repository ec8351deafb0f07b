import * as z from 'zod'
import { FormData, formsInForce, ReportForm } from '#domain/report-form'
import { everyone, listAll, query } from '#kit'

export const handler = query({
  summary: 'Show the report forms in force: the built-in ones, and those that a company defined.',
  route: 'GET /report-forms',
  roles: everyone,
  input: z.strictObject({}),
  reads: {},
  uses: ['table'],
  output: z.object({
    forms: z.array(
      z.object({
        code: z.string(),
        /** Id of a defined one, by which it is revised. */
        reportFormId: z.string().optional(),
        form: FormData,
      }),
    ),
  }),
  run: async (_, __, { table }) => {
    const defined = await listAll(table, 'worklist', ReportForm, 'all')
    const idOf = new Map(defined.map(({ id, data }) => [data.code, id]))
    return { forms: formsInForce(defined).map(({ code, ...form }) => ({ code, reportFormId: idOf.get(code), form })) }
  },
})
