import * as z from 'zod'
import { type Block, type Cell, canonical, type Sheet, SignatureView, sha256 } from '#kit'
import type { CaseFile } from './case-file.ts'
import type { Form } from './report-form.ts'
import { isMissing, isTable, type Language, type Told, timeIn, timeOf } from './report-told.ts'
import { values } from './report-value.ts'
import { Language as LanguageCode } from './values.ts'

const Entry = z.object({
  /** Name of the value: the same in every form and language. */
  value: z.string(),
  label: z.string(),
  source: z.string().optional(),
  /** Lines of text. */
  text: z.array(z.string()).optional(),
  table: z
    .object({ head: z.array(z.string()), rows: z.array(z.array(z.string())), widths: z.array(z.number()).optional() })
    .optional(),
  /** Why there is nothing, or what the table lacks, and what brings it. */
  missing: z.string().optional(),
})

type Entry = z.infer<typeof Entry>

/** A report on a recall, for people and machines: PDF and page are drawn from it. */
export const Report = z.object({
  form: z.string(),
  language: LanguageCode,
  title: z.string(),
  source: z.string().optional(),
  recallId: z.string(),
  drill: z.boolean(),
  /** Version of the case that it was made from: number of its facts, and hash of the newest. */
  version: z.object({ facts: z.int(), hash: z.string() }),
  /** A long report comes in parts: the first says everything but the rest of its long tables, which the others bring. */
  part: z.int(),
  parts: z.int(),
  sections: z.array(z.object({ title: z.string(), entries: z.array(Entry) })),
  /** What is missing in all of it, and why. */
  missing: z.array(z.object({ label: z.string(), why: z.string() })),
  signatures: z.array(SignatureView.extend({ act: z.string() })),
  /** SHA-256 of all parts together: the same case makes the same report. */
  hash: z.string(),
})
export type Report = z.infer<typeof Report>

/** Makes a report from a case by a form. */
export function reportOf(form: Form, file: CaseFile, language: Language = form.language): Report {
  const sections = form.sections.map(({ title, entries }) => ({
    title: title[language],
    entries: entries.map(({ value, label, source }) => ({
      ...{ value, label: label[language] },
      ...(source ? { source } : {}),
      ...entryOf(values[value](file, language), language),
    })),
  }))
  const lacking = sections.flatMap(({ entries }) =>
    entries.flatMap(({ label, missing }) => (missing ? [{ label, why: missing }] : [])),
  )
  const { recall, version, history } = file
  const content = {
    ...{ form: form.code, language, title: form.title[language] },
    ...(form.source ? { source: form.source } : {}),
    ...{ recallId: recall.id, drill: recall.drill, version, sections, missing: lacking },
    signatures: history.flatMap(({ type, signature }) => (signature ? [{ act: type, ...signature }] : [])),
  }
  return { ...content, part: 1, parts: 1, hash: sha256(canonical(content)) }
}

/** Rows of a table in one part: each part stays far below what a function may answer, and is laid out in some seconds. */
export const rowsAPart = 1000

/** One part of a report; undefined where it has fewer. */
export function partOf(whole: Report, part: number): Report | undefined {
  const all = whole.sections.flatMap(({ entries }) => entries)
  const parts = Math.max(1, ...all.map(({ table }) => Math.ceil((table?.rows.length ?? 0) / rowsAPart)))
  if (part > parts) return undefined
  const sections = whole.sections.flatMap(({ title, entries }) => {
    const mine = entries.flatMap(({ table, ...entry }): Entry[] => {
      const rows = table?.rows.slice((part - 1) * rowsAPart, part * rowsAPart)
      // What is no table, or a short one, was said in the first part.
      if (part > 1 && !rows?.length) return []
      return [{ ...entry, ...(table ? { table: { ...table, rows: rows! } } : {}) }]
    })
    return mine.length > 0 ? [{ title, entries: mine }] : []
  })
  return { ...whole, part, parts, sections }
}

function entryOf(told: Told, language: Language): Partial<z.infer<typeof Entry>> {
  if (typeof told === 'string') return { text: [told] }
  if (isMissing(told)) return { missing: told.missing[language] }
  if (!isTable(told)) return { text: [...told] }
  const { head, rows, widths, missing } = told
  const table = { head: [...head], rows: rows.map((row) => [...row]), ...(widths ? { widths: [...widths] } : {}) }
  return { table, ...(missing ? { missing } : {}) }
}

const words = {
  en: {
    drill: 'DRILL',
    case: 'Recall',
    version: 'Version of the case',
    facts: 'facts, the newest',
    hash: 'Hash of this report',
    part: 'Part',
    of: 'of',
    others: 'the others by ?part=2 and so on',
    missing: 'Not available yet, and why',
    none: 'Nothing is missing.',
    signatures: 'Electronic signatures',
    unsigned: 'Nobody has signed in this case yet.',
    head: ['Meaning', 'Name', 'Time', 'Signed'],
    provision: 'Provision',
  },
  zh: {
    drill: '演练',
    case: '召回编号',
    version: '案件版本',
    facts: '条记录，最新',
    hash: '本报告哈希',
    part: '部分',
    of: '／',
    others: '其余部分见 ?part=2 等',
    missing: '尚缺内容及原因',
    none: '无缺项。',
    signatures: '电子签名',
    unsigned: '本案尚无签名。',
    head: ['含义', '姓名', '时间', '签署内容'],
    provision: '依据',
  },
} as const

/** The report for paper and page. */
export function reportSheet(report: Report): Sheet {
  const { language, title, sections, missing, signatures, drill } = report
  const say = words[language]
  const heading = (text: string): Block => ({ kind: 'heading', text })
  const text = (one: string): Block => ({ kind: 'text', text: one })
  return {
    title,
    language,
    blocks: [
      ...(drill ? [{ kind: 'mark' as const, text: say.drill, urgent: false }] : []),
      { kind: 'title', text: title },
      pairs([
        [say.case, report.recallId],
        ...(report.source ? [[say.provision, report.source] as const] : []),
        [say.version, `${report.version.facts} ${say.facts} ${report.version.hash.slice(0, 16)}`],
        [say.hash, report.hash],
        ...(report.parts > 1 ? [[say.part, `${report.part} ${say.of} ${report.parts}, ${say.others}`] as const] : []),
      ]),
      ...sections.flatMap((section) => [heading(section.title), ...blocksOf(section.entries)]),
      heading(say.missing),
      ...(missing.length === 0 ? [text(say.none)] : [pairs(missing.map(({ label, why }) => [label, why] as const))]),
      heading(say.signatures),
      signatures.length === 0
        ? text(say.unsigned)
        : {
            kind: 'table',
            head: say.head,
            widths: [0.38, 0.18, 0.24, 0.2],
            rows: signatures.map(({ meaning, name, at, timeZone, hash }) =>
              [meaning[language], name, `${timeOf(at)}\n${timeIn(at, timeZone)}`, hash.slice(0, 16)].map((one) => ({
                text: one,
              })),
            ),
          },
    ],
  }
}

const pairs = (rows: readonly (readonly [string, string])[]): Block => ({
  kind: 'table',
  head: [],
  widths: [0.28, 0.72],
  rows: rows.map((row) => row.map((one) => ({ text: one }))),
})

/** Texts of a section share one table; a table of its own interrupts it. */
function blocksOf(entries: Report['sections'][number]['entries']): Block[] {
  const blocks: Block[] = []
  let open: Cell[][] = []
  const close = () => {
    if (open.length > 0) blocks.push({ kind: 'table', head: [], widths: [0.28, 0.72], rows: open })
    open = []
  }
  for (const { label, table, text, missing } of entries) {
    if (!table) {
      open.push([{ text: label }, { text: missing ?? text?.join('\n') ?? '', missing: missing !== undefined }])
      continue
    }
    close()
    const { head, rows, widths = head.map(() => 1 / head.length) } = table
    blocks.push({ kind: 'subheading', text: label })
    blocks.push({ kind: 'table', head, widths, rows: rows.map((row) => row.map((one) => ({ text: one }))) })
    if (missing) blocks.push({ kind: 'table', head: [], widths: [1], rows: [[{ text: missing, missing: true }]] })
  }
  close()
  return blocks
}
