import * as z from 'zod'
import { entity, type Stored } from '#kit'
import { builtInForms } from './report-forms.ts'
import { type ValueName, values } from './report-value.ts'
import { Code, Language, Line } from './values.ts'

const Words = z.strictObject({ en: Line, zh: Line })

const Entry = z.strictObject({
  value: z.enum(Object.keys(values) as [ValueName, ...ValueName[]]),
  label: Words,
  /** The provision that asks for it; wording that was not read at its source is marked [K]. */
  source: Line.optional(),
})

const form = {
  title: Words,
  /** Language in which its authority reads it. */
  language: Language,
  source: Line.optional(),
  sections: z
    .array(z.strictObject({ title: Words, entries: z.array(Entry).min(1).max(40) }))
    .min(1)
    .max(20),
}

/** What a report says, in what order and under what words: data, so that another wording is a command, not a release. */
export const FormData = z.strictObject(form)
export type FormData = z.infer<typeof FormData>

/** A form by its code. */
export interface Form extends FormData {
  readonly code: string
}

/** A company's own form; it takes the place of the built-in one of the same code. */
export const ReportForm = entity('report-form', {
  area: 'recall',
  prefix: 'rfm',
  state: z.object({ code: Code, ...form }),
  example: {
    code: 'at-basg',
    title: { en: 'Recall notice to BASG', zh: '奥地利主管机构召回报告' },
    language: 'en',
    sections: [
      {
        title: { en: 'Case', zh: '案件' },
        entries: [{ value: 'reason', label: { en: 'Reason', zh: '原因' } }],
      },
    ],
  },
  worklist: () => 'all',
  unique: { code: ({ code }) => code },
})

export const ReportFormDefined = ReportForm.born(
  'ReportFormDefined',
  z.object({ reportFormId: ReportForm.id, code: Code, ...form }),
  ({ reportFormId: _, ...defined }) => defined,
)

export const ReportFormRevised = ReportForm.fact(
  'ReportFormRevised',
  z.object({ reportFormId: ReportForm.id, ...form }),
  ({ code }, { reportFormId: _, ...revised }) => ({ code, ...revised }),
)

/** The forms in force: the built-in ones and, in their place, those that were defined. */
export function formsInForce(defined: readonly Stored[]): Form[] {
  const own = defined.map(({ data }) => ReportForm.schema.parse(data))
  const codes = new Set(own.map(({ code }) => code))
  return [...builtInForms.filter(({ code }) => !codes.has(code)), ...own]
}
