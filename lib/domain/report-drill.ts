import { batchesOf, type CaseFile, customersOf, firstAt, productItemsOf, totalsOf } from './case-file.ts'
import { blank, type Language, missing, rowsOr, type Told, timeOf } from './report-told.ts'
import { heads, word } from './report-words.ts'

type Value = (file: CaseFile, language: Language) => Told

const hours = 3_600_000

/** What a mock recall is held to: to know the scope in two hours, to have accounted for all of it in four. */
const stages = [
  { type: 'RecallFrozen', en: 'Frozen', zh: '冻结', target: 2 * hours },
  { type: 'RecallScoped', en: 'Scope known', zh: '范围确定', target: 2 * hours },
  { type: 'RecallNotified', en: 'Every party told', zh: '通知完成', target: 4 * hours },
  { type: 'RecallClosed', en: 'All accounted for and closed', zh: '核清并关闭', target: 4 * hours },
] as const

const lasted = (milliseconds: number, language: Language) => {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} ${language === 'zh' ? '秒' : 's'}`
  if (milliseconds < 2 * hours) return `${(milliseconds / 60_000).toFixed(1)} ${language === 'zh' ? '分' : 'min'}`
  return `${(milliseconds / hours).toFixed(1)} ${language === 'zh' ? '小时' : 'h'}`
}

/** A gap in the records that a recall fell over, or would have. */
interface Hole {
  readonly en: string
  readonly zh: string
  readonly matters: { readonly en: string; readonly zh: string }
  readonly count: number
}

/** Gaps in the data of this case, the most frequent first. */
function holesOf(file: CaseFile): Hole[] {
  const { lots, parties, company, house } = file
  const items = productItemsOf(file)
  const batches = batchesOf(file)
  const all: Hole[] = [
    {
      ...{ en: 'Lots and units that are only possibly affected', zh: '仅“可能涉及”的批次或单件' },
      matters: {
        en: 'A unit map at production would clear or confirm each of them',
        zh: '生产时记录组件对应关系即可逐一确认或排除',
      },
      count: lots.filter(({ grade }) => grade === 'possible').length,
    },
    {
      ...{ en: 'Parties without a phone number', zh: '无电话号码的单位' },
      matters: { en: 'Who does not answer the mail cannot be called', zh: '不回复邮件时无法电话联系' },
      count: parties.filter(({ partner }) => !partner.contacts.some(({ phone }) => phone)).length,
    },
    {
      ...{ en: 'Parties without an address', zh: '无地址的单位' },
      matters: { en: 'Reports to authorities name it', zh: '监管报告须填写' },
      count: parties.filter(({ partner }) => !partner.address).length,
    },
    {
      ...{ en: 'Parties whom no message reached', zh: '通知未能送达的单位' },
      matters: { en: 'They must be called', zh: '须电话通知' },
      count: parties.filter(({ notice }) => notice?.status === 'undeliverable').length,
    },
    {
      ...{ en: 'Products without a UDI-DI', zh: '无 UDI-DI 的产品' },
      matters: { en: 'The notice carries no bar code to scan for', zh: '通知无可扫描条码' },
      count: items.filter(({ gtin }) => !gtin).length,
    },
    {
      ...{ en: 'Products that authorities know by nothing', zh: '未登记注册信息的产品' },
      matters: { en: 'Reports lack model, submission and certificate', zh: '报告缺少型号、注册证等信息' },
      count: items.filter(({ registration }) => !registration).length,
    },
    {
      ...{ en: 'Lots in scope without an expiry date', zh: '无有效期的批次' },
      matters: { en: 'Nobody can say which may still be in use', zh: '无法判断是否仍在使用' },
      count: batches.filter(({ item, expires }) => item?.kind === 'device' && !expires).length,
    },
    {
      ...{ en: 'Lots whose counts differ from the books', zh: '账实不符的批次' },
      matters: { en: 'Where the rest is, nobody knows', zh: '差额去向不明' },
      count: house.length,
    },
    {
      ...{ en: 'The company itself', zh: '企业信息' },
      matters: { en: 'No report to an authority is complete without it', zh: '缺此信息任何监管报告均不完整' },
      count: company ? 0 : 1,
    },
  ]
  return all.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
}

/** Share of what was shipped of which it is known what became of it, in percent. */
function accountedOf(file: CaseFile): number | undefined {
  const { shipped, unexplained } = totalsOf(file)
  return shipped === 0 ? undefined : Math.round((1000 * (shipped - Math.abs(unexplained))) / shipped) / 10
}

/** What a drill showed. */
export const drill = {
  stages: (file, language) => {
    const { openedAt } = file.recall
    return {
      head: heads(['stage', 'at', 'after', 'target', 'result'], language),
      widths: [0.3, 0.25, 0.15, 0.15, 0.15],
      rows: stages.map(({ type, target, ...name }) => {
        const at = firstAt(file, type)
        const took = at === undefined ? undefined : Date.parse(at) - Date.parse(openedAt)
        return [
          name[language],
          at === undefined ? blank : timeOf(at),
          took === undefined ? blank : lasted(took, language),
          lasted(target, language),
          took === undefined ? blank : word(took <= target ? 'kept' : 'missed', language),
        ]
      }),
    }
  },
  found: ({ recall, shipments }, language) => {
    const { counts, frozen } = recall
    if (!counts) return missing('The scope is not known yet.', '范围尚未确定。')
    return language === 'zh'
      ? [
          `批次 ${counts.lots}，单件 ${counts.units}，客户 ${counts.customers}，供应商 ${counts.suppliers}，发货 ${shipments.length}`,
          `冻结 ${frozen?.traced ?? 0}，其间新增 ${frozen?.late ?? 0}`,
        ]
      : [
          `${counts.lots} lots, ${counts.units} units, ${counts.customers} customers, ${counts.suppliers} suppliers, ${shipments.length} shipments`,
          `${frozen?.traced ?? 0} frozen, ${frozen?.late ?? 0} that came to be meanwhile`,
        ]
  },
  accounted: (file, language) => {
    const share = accountedOf(file)
    return share === undefined
      ? language === 'zh'
        ? '范围内产品均未发货，无须核清。'
        : 'Nothing in scope was shipped, so there is nothing to account for outside.'
      : language === 'zh'
        ? `已核清 ${share}%（${customersOf(file).length} 家单位）`
        : `${share} % accounted for, at ${customersOf(file).length} consignees`
  },
  holes: (file, language) =>
    rowsOr(
      {
        head: heads(['hole', 'count', 'matters'], language),
        widths: [0.42, 0.13, 0.45],
        rows: holesOf(file).map(({ count, matters, ...hole }) => [hole[language], String(count), matters[language]]),
      },
      language === 'zh' ? '本案记录未发现缺口。' : 'No gap was found in the records of this case.',
    ),
} satisfies Record<string, Value>
