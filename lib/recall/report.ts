import type { RecallState } from '#domain/recall'
import { type Report, reportOf } from '#domain/report'
import { formsInForce, ReportForm } from '#domain/report-form'
import type { Language } from '#domain/report-told'
import { type Loaded, listAll, type Ports, refuse } from '#kit'
import { readCase } from './case-file.ts'

/** Makes a report of a recall by the form of this code, in the language that its authority reads unless asked otherwise. */
export async function report(
  recall: Loaded<RecallState>,
  { form: code, language }: { readonly form: string; readonly language?: Language | undefined },
  ports: Pick<Ports, 'scope' | 'table'>,
): Promise<Report | ReturnType<typeof unknownForm>> {
  const forms = formsInForce(await listAll(ports.table, 'worklist', ReportForm, 'all'))
  const form = forms.find((one) => one.code === code)
  return form ? reportOf(form, await readCase(recall, ports), language) : unknownForm(code)
}

const unknownForm = (code: string) =>
  refuse('entity-unknown' as const, { name: 'report form', id: code, field: 'form' })
