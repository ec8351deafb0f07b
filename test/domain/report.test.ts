import { describe, expect, test } from 'vitest'
import { partOf, Report, reportOf, reportSheet } from '#domain/report'
import { formsInForce, ReportForm } from '#domain/report-form'
import { builtInForms } from '#domain/report-forms'
import { values } from '#domain/report-value'
import { sheetPage } from '#domain/sheet-page'
import { canonical, sha256 } from '#kit'
import { bare, caseOf } from './recall-case.ts'

const formOf = (code: string) => builtInForms.find((form) => form.code === code)!
const made = (code: string, file = caseOf()) => reportOf(formOf(code), file)
const entry = (report: Report, value: string) =>
  report.sections.flatMap(({ entries }) => entries).find((one) => one.value === value)!

describe('each built-in form', () => {
  test.each(builtInForms.map((form) => [form.code, form] as const))('%s is a report in both languages', (_, form) => {
    for (const language of ['en', 'zh'] as const)
      for (const file of [caseOf(), bare()]) {
        const report = reportOf(form, file, language)
        expect(Report.parse(report)).toEqual(report)
        for (const { entries } of report.sections)
          for (const { text, table, missing, value } of entries) {
            expect([text, table, table ? undefined : missing].filter(Boolean), value).toHaveLength(1)
            if (table) for (const row of table.rows) expect(row, value).toHaveLength(table.head.length)
            if (table?.widths)
              expect(
                table.widths.reduce((sum, one) => sum + one),
                value,
              ).toBeCloseTo(1)
          }
        expect(sheetPage(reportSheet(report))).toContain(report.hash)
      }
  })

  test('says only what a form can be asked to say, and leaves nothing unsaid', () => {
    const said = new Set(
      builtInForms.flatMap(({ sections }) => sections.flatMap(({ entries }) => entries.map(({ value }) => value))),
    )
    expect(Object.keys(values).filter((name) => !said.has(name as never))).toEqual([])
  })
})

describe('806.10', () => {
  test('has all thirteen contents, in the order of the rule', () => {
    const sources = formOf('fda-806').sections.flatMap(({ entries }) => entries.flatMap(({ source }) => source ?? []))
    const paragraphs = [...new Set(sources.map((source) => Number(/\(c\)\((\d+)\)/.exec(source)![1])))]
    // The thirteenth is what is missing: each report ends with it.
    expect(paragraphs).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('is numbered by registration, day, sequence and kind', () => {
    expect(entry(made('fda-806'), 'reportNumber').text).toEqual(['1234567-3/1/26-001-R'])
  })

  test('tells quantities, dates and consignees', () => {
    const report = made('fda-806')
    expect(entry(report, 'quantities').table!.rows).toEqual([['PUMP-100', '100 each', '10 each', '90 each']])
    expect(entry(report, 'dates').text).toEqual(['Made on: 2026-01-05', 'Shipped on: 2026-02-02', 'Use by: 2028-01-05'])
    expect(entry(report, 'consignees').table!.rows).toEqual([
      [
        'St. Anna Hospital',
        'Annastr. 3, Berlin, DE',
        'Ward pharmacy, pharmacy@st-anna.example',
        '2026-02-02',
        'L-2601: 10 each',
      ],
    ])
  })

  test('says what is missing, why, and what brings it', () => {
    const { missing } = made('fda-806', bare())
    expect(missing.map(({ label }) => label)).toContain('1. Report number')
    expect(missing.find(({ label }) => label === '6. Manufacturer')!.why).toContain('POST /companies')
    expect(entry(made('fda-806'), 'products').missing).toBe(
      'Not recorded: Brand (PUMP-100), Intended use (PUMP-100). Record it with PUT /items/{itemId}/registration.',
    )
  })
})

test('a report on thousands of consignees comes in parts that a function may answer, and nothing is left out', () => {
  const [told] = caseOf().parties
  const parties = Array.from({ length: 2_500 }, (_, n) => {
    const partnerId = `ptr_${String(n).padStart(26, '0')}`
    const partner = { ...told!.partner, name: `Hospital ${n}`, address: 'Street of the Hospitals 100, 10115 Berlin' }
    return { ...told!, partner, party: { ...told!.party, partnerId } }
  })
  const shipments = parties.map(({ party }) => ({ ...caseOf().shipments[0]!, customerId: party.partnerId }))
  const whole = made('fda-806', caseOf({ parties, shipments }))
  const parts = Array.from({ length: 3 }, (_, n) => partOf(whole, n + 1)!)
  expect(partOf(whole, 4)).toBeUndefined()
  expect(parts.flatMap((part) => entry(part, 'consignees').table!.rows)).toEqual(entry(whole, 'consignees').table!.rows)
  expect(new Set(parts.map(({ hash, parts: count }) => `${hash} ${count}`))).toEqual(new Set([`${whole.hash} 3`]))
  // API Gateway takes 10 MB, a function answers 6 MB.
  for (const part of parts) {
    expect(Report.parse(part)).toEqual(part)
    expect(JSON.stringify(part).length).toBeLessThan(1e6)
    expect(sheetPage(reportSheet(part)).length).toBeLessThan(2e6)
  }
  expect(entry(parts[0]!, 'reportNumber').text).toBeDefined()
  expect(parts[1]!.sections.flatMap(({ entries }) => entries.map(({ value }) => value))).not.toContain('reportNumber')
})

describe('the field safety notice of the EU', () => {
  const points = formOf('eu-fsn').sections.flatMap(({ entries }) => entries.map(({ label }) => label.en))

  test('has every point of the template that can be known before it is sent', () => {
    const numbered = points.flatMap((label) => {
      const [, chapter, first, last = first] = /^(\d)\.(\d+)(?: – \d\.(\d+))? /.exec(label) ?? []
      return chapter
        ? Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => `${chapter}.${Number(first) + n}`)
        : []
    })
    const wanted = (chapter: number, count: number) => Array.from({ length: count }, (_, n) => `${chapter}.${n + 1}`)
    const all = new Set([...wanted(1, 8), ...wanted(2, 6), ...wanted(3, 7), ...wanted(4, 9)])
    // 1.5 is the catalogue number, which 1.4 says; the signatures (4.10) end every report.
    all.delete('1.5')
    expect([...all].filter((one) => !numbered.includes(one))).toEqual([])
  })

  test('asks a first notice for nothing that only an update has, and an update for the notice before', () => {
    expect(entry(made('eu-fsn'), 'previousNotice').text).toEqual(['Not applicable: this is the first notice'])
    const { recall, ...rest } = caseOf()
    const extensions = [{ reason: 'Same bath', seeds: [], evidence: [], by: 'usr-1', at: '2026-03-05T08:00:00.000Z' }]
    const updated = { ...rest, recall: { ...recall, extensions } } as ReturnType<typeof caseOf>
    expect(entry(made('eu-fsn', updated), 'previousNotice').missing).toContain('PUT /recalls/{recallId}/plan')
    expect(entry(made('eu-fsn', updated), 'newInformation').text).toEqual(['2026-03-05: Same bath'])
  })
})

test('7.53 counts who answered, what came back and what is unexplained', () => {
  const report = made('fda-status')
  expect(entry(report, 'notified').text![0]).toBe('1 of 1 consignees were notified')
  expect(entry(report, 'totals').table!.rows).toEqual([['10', '6', '2', '0', '0', '0', '2']])
  expect(entry(report, 'unexplained').text![0]).toBe('Unexplained and not signed for: 2')
  expect(entry(report, 'notResponding').text).toEqual(['None: every consignee has answered.'])
})

test('the Chinese forms are Chinese, with certificate, UDI and class', () => {
  const report = made('cn-event')
  expect(report.title).toBe('医疗器械召回事件报告表')
  expect(entry(report, 'cnDevices').table!.rows[0]).toEqual([
    '输液泵 100 (PUMP-100)',
    '国械注进20263140001',
    '—',
    '—',
    'P-100',
    '04012345678901',
  ])
  expect(entry(report, 'classCn').text).toEqual(['二级', '可逆'])
  expect(entry(report, 'measures').text).toEqual(['由快递收回'])
})

test('a drill report holds the stages against 2 h and 4 h, and ranks the gaps', () => {
  const report = reportOf(formOf('drill'), caseOf({}, { drill: true }))
  const stages = entry(report, 'stages').table!.rows
  expect(stages.map((row) => row.slice(2))).toEqual([
    ['2.0 s', '2.0 h', 'kept'],
    ['—', '2.0 h', '—'],
    ['4.5 h', '4.0 h', 'missed'],
    ['—', '4.0 h', '—'],
  ])
  expect(entry(report, 'accounted').text).toEqual(['80 % accounted for, at 1 consignees'])
  expect(entry(report, 'holes').table!.rows).toEqual([
    ['Parties without a phone number', '1', 'Who does not answer the mail cannot be called'],
  ])
})

test('a report shows who signed what, when and where, and is the same for the same case', () => {
  const { hash, part, parts, ...content } = made('fda-806')
  expect(content.signatures).toEqual([
    expect.objectContaining({
      act: 'RecallOpened',
      name: 'Ingrid Dahl',
      meaning: { en: 'I open it.', zh: '本人启动召回。' },
    }),
  ])
  const page = sheetPage(reportSheet({ ...content, part, parts, hash }))
  expect(page).toContain('2026-03-01 08:00 UTC<br>2026-03-01 09:00 (Europe/Berlin)')
  expect(hash).toBe(sha256(canonical(content)))
  expect(made('fda-806').hash).toBe(hash)
  expect(made('fda-806', caseOf({ version: { facts: 4, hash: 'h4' } })).hash).not.toBe(hash)
})

test('a form that a company defined takes the place of the built-in one', () => {
  const own = { ...ReportForm.like({ code: 'fda-806', title: { en: 'Ours', zh: '自定义' } }) }
  const forms = formsInForce([{ id: ReportForm.sample(), version: 1, head: '', facts: 1, data: own }])
  expect(forms.filter(({ code }) => code === 'fda-806')).toEqual([own])
  expect(forms).toHaveLength(builtInForms.length)
})

test('what people wrote is no markup', () => {
  const page = sheetPage(reportSheet(made('fda-status', caseOf({}, { title: '<script>x</script>' }))))
  expect(page).not.toContain('<script>x')
})
