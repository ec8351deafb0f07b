import * as z from 'zod'
import { Recall, type RecallState } from '#domain/recall'
import { partOf, type Report, reportOf } from '#domain/report'
import { formsInForce, ReportForm } from '#domain/report-form'
import type { Language as Spoken } from '#domain/report-told'
import { Code, Language } from '#domain/values'
import { type Loaded, listAll, type Ports, refuse } from '#kit'
import { readCase } from './case-file.ts'

/** What is asked of a report; its language is that of its authority unless asked otherwise. */
export const asked = {
  recallId: Recall.id,
  form: Code,
  language: Language.optional(),
  part: z.coerce.number().int().min(1).max(10_000).default(1),
}

/** Makes a part of a report of a recall by the form of this code. */
export async function report(
  recall: Loaded<RecallState>,
  {
    form: code,
    language,
    part,
  }: { readonly form: string; readonly language?: Spoken | undefined; readonly part: number },
  ports: Pick<Ports, 'scope' | 'table'>,
): Promise<Report | ReturnType<typeof unknown>> {
  const forms = formsInForce(await listAll(ports.table, 'worklist', ReportForm, 'all'))
  const form = forms.find((one) => one.code === code)
  if (!form) return unknown('report form', code, 'form')
  return partOf(reportOf(form, await readCase(recall, ports), language), part) ?? unknown('part', String(part), 'part')
}

const unknown = (name: string, id: string, field: string) => refuse('entity-unknown' as const, { name, id, field })
