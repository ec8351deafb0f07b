import { type CaseFile, type CaseParty, customersOf, totalsOf } from './case-file.ts'
import type { Market } from './market.ts'
import { hasAnswered } from './notice.ts'
import { stillOpen } from './reconciliation.ts'
import { blank, dayOf, type Language, lacking, missing, rowsOr, span, type Told } from './report-told.ts'
import { heads, word } from './report-words.ts'

type Value = (file: CaseFile, language: Language) => Told

const noParty = missing(
  'Nobody outside got or delivered any of it, as far as the scope is known.',
  '就目前已知范围，无外部单位收到或供应过相关产品。',
)
const nobodyTold = missing(
  'Nobody was told yet: the notices wait for their approval.',
  '通知待批准，尚未通知任何单位。',
)

const contactsOf = ({ partner }: CaseParty) =>
  partner.contacts.map(({ name, phone, email }) => [name, phone, email].filter(Boolean).join(', ')).join('; ')

/** The first and last day of the shipments to each customer. */
function shippedOn({ shipments }: CaseFile): (party: CaseParty) => string | undefined {
  const byCustomer = Map.groupBy(shipments, ({ customerId }) => customerId)
  return ({ party }) => span((byCustomer.get(party.partnerId) ?? []).map(({ shippedAt }) => shippedAt))
}

/** Quantities by unit, each with what it is of. */
function gotOf({ party }: CaseParty, language: Language): string {
  const byNumber = Map.groupBy(party.lots, ({ number, unit }) => `${number}|${unit}`)
  return [...byNumber]
    .map(([key, lots]) => {
      const [number, unit] = key.split('|')
      return `${number}: ${lots.reduce((all, { quantity }) => all + quantity, 0)} ${word(unit!, language)}`
    })
    .join('; ')
}

const rolesOf = ({ party }: CaseParty, language: Language) => word(party.via ? 'sub-account' : party.role, language)

const wayOf = ({ notice }: CaseParty, language: Language) =>
  notice
    ? [...new Set(['mail', ...notice.attempts.map(({ way }) => way)])].map((way) => word(way, language)).join(', ')
    : blank

const accountCells = ['shipped', 'found', 'used', 'returned', 'destroyed', 'passedOn', 'unexplained'] as const

/** Terms of one market, or of all. */
function clocksOf(market?: Market): Value {
  return ({ clocks }, language) =>
    rowsOr(
      {
        head: heads(['asks', 'due', 'status', 'evidence'], language),
        widths: [0.46, 0.16, 0.16, 0.22],
        rows: clocks
          .filter(({ term }) => market === undefined || term.market === market)
          .sort((a, b) => (a.dueAt < b.dueAt ? -1 : 1))
          .map(({ term, dueOn, status, evidence = blank }) => [
            term.asks[language],
            dueOn,
            word(status, language),
            evidence,
          ]),
      },
      missing(
        'No term runs: the recall has no class yet. Give it with POST /recalls/{recallId}/classifications.',
        '尚无时限：召回级别未定，请通过 POST /recalls/{recallId}/classifications 确定。',
      ),
    )
}

/** Who was told, what came back and whether it worked. */
export const outcome = {
  consignees: (file, language) => {
    const shippedOnOf = shippedOn(file)
    return rowsOr(
      {
        head: heads(['consignee', 'address', 'contact', 'shippedOn', 'quantity'], language),
        widths: [0.19, 0.22, 0.23, 0.13, 0.23],
        rows: customersOf(file).map((one) => [
          one.partner.name,
          [one.partner.address ?? blank, one.partner.country].join(', '),
          contactsOf(one),
          shippedOnOf(one) ?? blank,
          gotOf(one, language),
        ]),
        missing: lacking(
          customersOf(file).flatMap(({ partner }) =>
            partner.address ? [] : [`${word('address', language)} (${partner.name})`],
          ),
          {
            en: 'Record it with PUT /partners/{partnerId}/contacts.',
            zh: '请通过 PUT /partners/{partnerId}/contacts 登记。',
          },
          language,
        ),
      },
      noParty,
    )
  },
  recipients: (file, language) =>
    rowsOr(
      {
        head: heads(['consignee', 'role', 'address', 'contact'], language),
        rows: file.parties
          .filter(({ party }) => party.role === 'supplier')
          .map((one) => [
            one.partner.name,
            rolesOf(one, language),
            [one.partner.address ?? blank, one.partner.country].join(', '),
            contactsOf(one),
          ]),
      },
      language === 'zh' ? '除上述单位外未通知其他单位。' : 'Nobody but the consignees above was told.',
    ),
  countries: (file, language) => {
    const byCountry = Map.groupBy(customersOf(file), ({ partner }) => partner.country)
    return rowsOr(
      {
        head: heads(['country', 'consignees'], language),
        rows: [...byCountry]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([country, some]) => [country, String(some.length)]),
      },
      noParty,
    )
  },
  notified: (file, language) => {
    const told = customersOf(file).filter(({ notice }) => notice)
    if (told.length === 0) return nobodyTold
    const all = customersOf(file).length
    const days = span(told.map(({ notice }) => notice!.sentAt))
    const ways = [...new Set(told.flatMap((one) => wayOf(one, language).split(', ')))].join(', ')
    return language === 'zh'
      ? [`已通知 ${told.length}/${all} 家单位`, `日期：${days}`, `方式：${ways}`]
      : [`${told.length} of ${all} consignees were notified`, `Date: ${days}`, `How: ${ways}`]
  },
  responding: (file, language) => {
    const answered = customersOf(file).filter(({ notice }) => hasAnswered(notice?.status))
    const { found } = totalsOf(file)
    return language === 'zh'
      ? [`已答复 ${answered.length} 家`, `收到通知时库存：${found}`]
      : [`${answered.length} consignees responded`, `On hand when the notice came: ${found}`]
  },
  notResponding: (file, language) =>
    rowsOr(
      {
        head: heads(['consignee', 'contact', 'notifiedOn', 'status', 'method'], language),
        rows: customersOf(file)
          .filter(({ notice }) => !hasAnswered(notice?.status))
          .map((one) => [
            one.partner.name,
            contactsOf(one),
            one.notice ? dayOf(one.notice.sentAt) : blank,
            word(one.notice?.status ?? 'waiting', language),
            wayOf(one, language),
          ]),
      },
      language === 'zh' ? '无：各单位均已答复。' : 'None: every consignee has answered.',
    ),
  returned: (file, language) =>
    rowsOr(
      {
        head: heads(['consignee', 'lot', ...accountCells], language),
        widths: [0.22, 0.15, 0.09, 0.09, 0.09, 0.09, 0.09, 0.09, 0.09],
        rows: customersOf(file).flatMap(({ partner, accounts }) =>
          accounts.map((one) => [
            partner.name,
            one.serial ?? one.number,
            ...accountCells.map((cell) => String(one[cell])),
          ]),
        ),
      },
      noParty,
    ),
  totals: (file, language) => {
    const totals = totalsOf(file)
    return { head: heads(accountCells, language), rows: [accountCells.map((cell) => String(totals[cell]))] }
  },
  unexplained: ({ recall, parties, house }, language) => {
    const field = parties.flatMap(({ accounts }) => accounts.filter(({ unexplained }) => unexplained !== 0))
    const left = stillOpen([...field, ...house], recall)
    const sum = left.reduce((all, one) => all + Math.abs(one.unexplained), 0)
    return language === 'zh'
      ? [`未核清且未说明：${sum}`, `已说明并签署：${recall.explanations.length} 项`]
      : [`Unexplained and not signed for: ${sum}`, `Explained and signed for: ${recall.explanations.length}`]
  },
  explanations: ({ recall }, language) =>
    rowsOr(
      {
        head: heads(['lot', 'quantity', 'reason', 'at'], language),
        widths: [0.3, 0.1, 0.45, 0.15],
        rows: recall.explanations.map((one) => [one.lotId, String(one.quantity), one.reason, dayOf(one.at)]),
      },
      language === 'zh' ? '无须说明的差异。' : 'Nothing had to be explained.',
    ),
  checks: ({ recall, effectiveness }, language) => {
    const { checks } = recall
    if (!checks)
      return missing(
        'The level of effectiveness checks is not decided. Set it with POST /recalls/{recallId}/strategy.',
        '有效性检查级别未定，请通过 POST /recalls/{recallId}/strategy 设定。',
      )
    const { sampled, checked, failed, verdict } = effectiveness
    return language === 'zh'
      ? [
          `级别 ${checks.level}（${checks.percent}%）`,
          `抽样 ${sampled} 家，已检查 ${checked} 家，不合格 ${failed} 家`,
          `结论：${word(verdict, language)}`,
        ]
      : [
          `Level ${checks.level} (${checks.percent} %)`,
          `${sampled} sampled, ${checked} checked, ${failed} failed`,
          `Verdict: ${word(verdict, language)}`,
        ]
  },
  clocks: clocksOf(),
  clocksUs: clocksOf('US'),
  clocksEu: clocksOf('EU'),
  clocksCn: clocksOf('CN'),
} satisfies Record<string, Value>
