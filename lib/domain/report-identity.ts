import { batchesOf, type CaseFile, productItemsOf, productsOf } from './case-file.ts'
import type { CompanyData } from './company.ts'
import type { ItemState } from './item.ts'
import {
  blank,
  dayOf,
  inLanguage,
  type Language,
  lacking,
  missing,
  named,
  rowsOr,
  span,
  type Told,
} from './report-told.ts'
import { heads, word } from './report-words.ts'

const noCompany = missing(
  'Who the company is was not recorded. Record it with POST /companies.',
  '尚未登记企业信息，请通过 POST /companies 登记。',
)
const noProduct = missing(
  'No device and nothing shipped is in scope yet. It comes with the scope of the recall.',
  '召回范围内尚无器械或已发货产品，待范围确定后列出。',
)

/** Serials of one batch that a report names; the list of the scope has all of them. */
const serialsShown = 60

const personOf = ({ name, title, email, phone }: CompanyData['person']) =>
  [[name, title].filter(Boolean).join(', '), email, phone].filter((line) => line !== undefined)

type Value = (file: CaseFile, language: Language) => Told

/** A value that only the master data of the company knows. */
const ofCompany =
  (tell: (company: CompanyData, language: Language) => Told | undefined, what: { en: string; zh: string }): Value =>
  ({ company }, language) => {
    if (!company) return noCompany
    const told = tell(company, language)
    return (
      told ??
      missing(
        `The company's ${what.en} is not recorded. Record it with PUT /companies.`,
        `未登记企业的${what.zh}，请通过 PUT /companies 登记。`,
      )
    )
  }

const lines = (...all: (string | undefined)[]) => all.filter((line) => line !== undefined)

/** A table with a row for each item of the products. */
const perItem =
  (
    columns: readonly Parameters<typeof heads>[0][number][],
    cells: (item: ItemState, language: Language) => (string | undefined)[],
  ): Value =>
  (file, language) => {
    const items = productItemsOf(file).map((item) => ({ item, told: cells(item, language) }))
    const lacks = items.flatMap(({ item, told }) =>
      columns.flatMap((column, index) => (told[index] ? [] : [`${word(column, language)} (${item.code})`])),
    )
    return rowsOr(
      {
        head: heads(['product', ...columns], language),
        rows: items.map(({ item, told }) => [nameOf(item, language), ...told.map((cell) => cell ?? blank)]),
        missing: lacking(lacks, registerItem, language),
      },
      noProduct,
    )
  }

const registerItem = {
  en: 'Record it with PUT /items/{itemId}/registration.',
  zh: '请通过 PUT /items/{itemId}/registration 登记。',
}

const nameOf = (item: ItemState | undefined, language: Language) =>
  item ? `${inLanguage(item.name, language)} (${item.code})` : blank

const modelOf = ({ registration }: ItemState) =>
  [registration?.model, registration?.catalogue].filter(Boolean).join(' / ') || undefined

const udiDiOf = ({ gtin, hibc }: ItemState) => gtin?.padStart(14, '0') ?? hibc

const serialsOf = (serials: readonly string[], language: Language) => {
  const more = serials.length - serialsShown
  const rest =
    language === 'zh'
      ? `等共 ${serials.length} 个，其余见召回范围清单`
      : `… ${serials.length} in all, the rest in the list of the scope`
  return [...serials.slice(0, serialsShown), ...(more > 0 ? [rest] : [])].join(', ')
}

/** Who the company is and what it recalls. */
export const identity = {
  manufacturer: ofCompany(
    ({ name, address, country }, language) => lines(inLanguage(name, language), inLanguage(address, language), country),
    {
      en: 'name',
      zh: '名称',
    },
  ),
  submitter: ofCompany(({ name, person }, language) => lines(inLanguage(name, language), ...personOf(person)), {
    en: 'person who answers to regulators',
    zh: '联系人',
  }),
  srn: ofCompany(({ eu }) => eu?.srn, { en: 'single registration number (SRN)', zh: '单一注册号（SRN）' }),
  representative: ofCompany(
    ({ eu, country }, language) => {
      const { representative } = eu ?? {}
      if (representative)
        return lines(
          inLanguage(representative.name, language),
          inLanguage(representative.address, language),
          representative.srn,
          ...personOf(representative.person),
        )
      return inUnion.has(country)
        ? language === 'zh'
          ? '不适用：制造商位于欧盟'
          : 'Not applicable: the manufacturer is in the EU'
        : undefined
    },
    { en: 'authorised representative in the EU', zh: '欧盟授权代表' },
  ),
  notifiedBody: ofCompany(({ eu }) => eu?.notifiedBody, { en: 'notified body', zh: '公告机构' }),
  agent: ofCompany(
    ({ cn, country }, language) => {
      if (cn?.agent)
        return lines(
          inLanguage(cn.agent.name, language),
          inLanguage(cn.agent.address, language),
          ...personOf(cn.agent.person),
        )
      return country === 'CN'
        ? language === 'zh'
          ? '不适用：境内注册人'
          : 'Not applicable: a registrant in China'
        : undefined
    },
    { en: 'agent in China', zh: '境内代理人' },
  ),
  creditCode: ofCompany(
    ({ cn, country }, language) =>
      cn?.creditCode ??
      (country === 'CN'
        ? undefined
        : language === 'zh'
          ? '不适用：境外注册人'
          : 'Not applicable: a registrant outside China'),
    { en: 'unified social credit code', zh: '统一社会信用代码' },
  ),
  authority: ofCompany(({ cn }) => cn?.authority, { en: 'provincial authority', zh: '所在地省级药品监督管理部门' }),
  establishment: ofCompany(({ us }) => us?.registration, { en: 'US registration number', zh: '美国注册号' }),
  products: perItem(['brand', 'model', 'use'], (item, language) => [
    item.registration?.brand,
    modelOf(item),
    inLanguage(item.registration?.use, language),
  ]),
  marketing: perItem(['submission', 'listing'], ({ registration }) => [
    registration?.us?.submission,
    registration?.us?.listing,
  ]),
  identifiers: perItem(['udiDi', 'model'], (item) => [udiDiOf(item), modelOf(item)]),
  euDevices: perItem(['basicUdiDi', 'udiDi', 'riskClass', 'emdn', 'certificate'], (item) => {
    const { basicUdiDi, riskClass, emdn, certificate } = item.registration?.eu ?? {}
    return [basicUdiDi, udiDiOf(item), riskClass, emdn, certificate]
  }),
  cnDevices: perItem(['certificate', 'validUntil', 'riskClass', 'model', 'udiDi'], (item) => {
    const { certificate, validUntil, riskClass } = item.registration?.cn ?? {}
    return [certificate, validUntil, riskClass, modelOf(item), udiDiOf(item)]
  }),
  lots: (file, language) =>
    rowsOr(
      {
        head: heads(['product', 'lot', 'serials', 'madeOn', 'expires', 'made', 'distributed', 'sure'], language),
        widths: [0.13, 0.14, 0.17, 0.12, 0.12, 0.1, 0.11, 0.11],
        rows: productsOf(file).map(({ item, number, serials, bornAt, expires, made, distributed, unit, possible }) => [
          item?.code ?? blank,
          number,
          serialsOf(serials, language),
          dayOf(bornAt),
          expires ?? item?.registration?.life ?? blank,
          `${made} ${word(unit, language)}`,
          `${distributed} ${word(unit, language)}`,
          word(possible ? 'possible' : 'confirmed', language),
        ]),
      },
      noProduct,
    ),
  quantities: (file, language) => {
    const byItem = Map.groupBy(productsOf(file), ({ item, unit }) => `${item?.code} ${unit}`)
    const total = (of: readonly number[]) => of.reduce((all, one) => all + one, 0)
    return rowsOr(
      {
        head: heads(['product', 'made', 'distributed', 'inHouse'], language),
        rows: [...byItem.values()].map((batches) => {
          const [made, out] = [total(batches.map((one) => one.made)), total(batches.map((one) => one.distributed))]
          const { item, unit } = batches[0]!
          return [
            item?.code ?? blank,
            `${made} ${word(unit, language)}`,
            `${out} ${word(unit, language)}`,
            `${Math.max(0, made - out)} ${word(unit, language)}`,
          ]
        }),
      },
      noProduct,
    )
  },
  dates: (file, language) => {
    const products = productsOf(file)
    if (products.length === 0) return noProduct
    const shipped = span(file.shipments.map(({ shippedAt }) => shippedAt))
    const expiry = span(products.flatMap(({ expires }) => (expires ? [`${expires}T`] : [])))
    return lines(
      named(word('madeOn', language), span(products.map(({ bornAt }) => bornAt))!, language),
      shipped && named(word('shippedOn', language), shipped, language),
      expiry && named(word('expires', language), expiry, language),
    )
  },
  components: (file, language) => {
    const products = new Set(productsOf(file).map(({ itemId, number }) => `${itemId} ${number}`))
    return rowsOr(
      {
        head: heads(['product', 'lot', 'made', 'sure'], language),
        rows: batchesOf(file)
          .filter(({ itemId, number }) => !products.has(`${itemId} ${number}`))
          .map(({ item, number, made, unit, possible }) => [
            nameOf(item, language),
            number,
            `${made} ${word(unit, language)}`,
            word(possible ? 'possible' : 'confirmed', language),
          ]),
      },
      language === 'zh' ? '召回范围内除产品本身外无其他物料。' : 'Nothing but the products themselves is in scope.',
    )
  },
} satisfies Record<string, Value>

/** Member states of the European Union and of the European Economic Area, whose makers need no representative. */
const inUnion = new Set(
  'AT BE BG HR CY CZ DE DK EE ES FI FR GR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(' '),
)
