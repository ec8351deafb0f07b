import { type CaseFile, customersOf } from './case-file.ts'
import { draftMessages } from './notice-message.ts'
import type { Plan } from './recall-plan.ts'
import {
  dayOf,
  inLanguage,
  type Language,
  missing,
  named,
  rowsOr,
  type Told,
  timeOf,
  type Words,
} from './report-told.ts'
import { heads, word } from './report-words.ts'

type Value = (file: CaseFile, language: Language) => Told

const lines = (...all: (string | undefined)[]) => all.filter((line) => line !== undefined)

/** A value that only the plan of the recall knows. */
const ofPlan =
  (tell: (plan: Plan, language: Language) => Told | undefined, { en, zh }: Words): Value =>
  ({ recall }, language) =>
    (recall.plan && tell(recall.plan, language)) ??
    missing(
      `${en}: not recorded yet. Record it with PUT /recalls/{recallId}/plan.`,
      `${zh}：尚未填写，请通过 PUT /recalls/{recallId}/plan 填写。`,
    )

const noHazard = missing(
  'The health hazard was not evaluated yet. Record it with POST /recalls/{recallId}/hazard-evaluations.',
  '尚未进行健康危害评估，请通过 POST /recalls/{recallId}/hazard-evaluations 记录。',
)

const classIn =
  (market: 'US' | 'EU' | 'CN'): Value =>
  ({ recall }) => {
    const found = recall.classes.find((one) => one.market === market)
    return found
      ? [found.class, found.reason]
      : missing(
          `The recall has no class in the market ${market} yet. Give it with POST /recalls/{recallId}/classifications.`,
          `尚未确定召回级别（${market}），请通过 POST /recalls/{recallId}/classifications 确定。`,
        )
  }

const injuriesIn = ({ recall: { hazard } }: CaseFile, language: Language): Told => {
  if (!hazard) return noHazard
  const { injuries, deaths } = hazard
  return language === 'zh' ? `伤害 ${injuries} 例，死亡 ${deaths} 例` : `${injuries} injuries, ${deaths} deaths`
}

/** What happened, what is done about it and what is said of it. */
export const action = {
  caseNumber: ({ recall }) => recall.id,
  caseTitle: ({ recall }) => recall.title,
  openedOn: ({ recall }) => timeOf(recall.openedAt),
  initiatedOn: ({ recall }) =>
    recall.notifiedAt
      ? timeOf(recall.milestones.find(({ name }) => name === 'initiated')?.at ?? recall.notifiedAt)
      : missing(
          'No notice has left yet; the recall begins with the first one.',
          '尚未发出召回通知，召回自首次通知起实施。',
        ),
  source: ({ recall: { source } }, language) =>
    [word(source.kind, language), source.reference].filter(Boolean).join(': '),
  reason: ({ recall }) => recall.reason,
  event: ({ recall }, language) =>
    lines(
      `${recall.title}. ${recall.reason}`,
      [word(recall.source.kind, language), recall.source.reference, dayOf(recall.openedAt)].filter(Boolean).join(', '),
      inLanguage(recall.plan?.discovery, language),
      inLanguage(recall.plan?.cause, language),
    ),
  discovery: ofPlan((plan, language) => inLanguage(plan.discovery, language), {
    en: 'How the problem came to light',
    zh: '事件发现经过',
  }),
  hazard: ({ recall: { hazard } }, language) =>
    hazard
      ? [
          named(word('harm', language), hazard.harm, language),
          ...(['severity', 'likelihood', 'consequences'] as const).map((name) =>
            named(word(name, language), word(hazard[name], language), language),
          ),
          named(word('atRisk', language), hazard.atRisk, language),
          named(word('conclusion', language), hazard.conclusion, language),
        ]
      : noHazard,
  injuries: (file, language) => injuriesIn(file, language),
  /** With the numbers of the medical device reports (21 CFR 803). */
  injuriesUs: (file, language) => {
    const counts = injuriesIn(file, language)
    const { injuries = 0, deaths = 0 } = file.recall.hazard ?? {}
    if (typeof counts !== 'string' || injuries + deaths === 0) return counts
    const filed = file.clocks.flatMap(({ rule, evidence }) => (rule.startsWith('us-mdr') && evidence ? [evidence] : []))
    if (filed.length > 0) return lines(counts, ...filed.map((number) => named('MDR', number, language)))
    return missing(
      `${counts}. No MDR number is known: it comes as the evidence of the MDR clocks (POST /clocks/{clockId}/fulfilment).`,
      `${counts}。尚无 MDR 编号：以 MDR 时限的凭证填报（POST /clocks/{clockId}/fulfilment）。`,
    )
  },
  classUs: classIn('US'),
  classEu: classIn('EU'),
  classCn: classIn('CN'),
  classes: ({ recall }, language) =>
    rowsOr(
      {
        head: heads(['market', 'class', 'reason'], language),
        widths: [0.12, 0.18, 0.7],
        rows: recall.classes.map((one) => [one.market, one.class, one.reason]),
      },
      missing('The recall has no class yet.', '尚未确定召回级别。'),
    ),
  depth: ({ recall }, language) =>
    recall.depth
      ? word(recall.depth, language)
      : missing(
          'How deep the recall reaches is not decided. Set it with POST /recalls/{recallId}/strategy.',
          '召回深度未定，请通过 POST /recalls/{recallId}/strategy 设定。',
        ),
  contact: ({ recall: { contact }, company }) => {
    const person = contact ?? company?.person
    return person
      ? lines(person.name, person.email, person.phone)
      : missing('No contact is recorded.', '未登记联系人。')
  },
  exclusions: ({ recall }, language) =>
    rowsOr(
      {
        head: heads(['lot', 'reason'], language),
        widths: [0.4, 0.6],
        rows: recall.exclusions.map((one) => [one.lotId, one.reason]),
      },
      language === 'zh' ? '无排除项。' : 'Nothing is excluded.',
    ),
  actionKind: ofPlan(({ kind }, language) => word(kind, language), { en: 'Correction or removal', zh: '纠正或收回' }),
  userActions: ofPlan(({ userActions }, language) => userActions.map((one) => word(one, language)), {
    en: 'What users do',
    zh: '使用单位应采取的措施',
  }),
  makerActions: ofPlan(({ makerActions }, language) => makerActions.map((one) => word(one, language)), {
    en: 'What the manufacturer does',
    zh: '企业采取的措施',
  }),
  measures: ofPlan((plan, language) => inLanguage(plan.measures, language), { en: 'Measures', zh: '召回措施' }),
  investigation: ofPlan((plan, language) => inLanguage(plan.investigation, language), {
    en: 'Result of the investigation',
    zh: '调查评估结果',
  }),
  cause: ofPlan((plan, language) => inLanguage(plan.cause, language), { en: 'Root cause', zh: '根本原因' }),
  publicity: ofPlan((plan, language) => inLanguage(plan.publicity, language), {
    en: 'Publication',
    zh: '召回信息公布途径与范围',
  }),
  expected: ofPlan((plan, language) => inLanguage(plan.expected, language), { en: 'Expected effect', zh: '预期效果' }),
  disposition: ofPlan((plan, language) => inLanguage(plan.disposition, language), {
    en: 'Handling of what comes back',
    zh: '召回产品处理措施',
  }),
  prevention: ofPlan((plan, language) => inLanguage(plan.prevention, language), {
    en: 'Prevention',
    zh: '纠正预防措施',
  }),
  patients: ofPlan((plan, language) => inLanguage(plan.patients, language), {
    en: 'Follow-up of patients',
    zh: '患者随访',
  }),
  actBy: ofPlan(({ actBy }) => actBy, { en: 'Until when users act', zh: '措施完成期限' }),
  answerBy: ofPlan(({ answerBy }) => answerBy, { en: 'Until when users answer', zh: '答复期限' }),
  completeBy: ofPlan(({ completeBy }) => completeBy, { en: 'When all is done', zh: '预计完成日期' }),
  fscaReference: ofPlan(({ reference }) => reference, { en: 'Reference of the action', zh: 'FSCA 编号' }),
  fsnReference: ofPlan(({ noticeReference }) => noticeReference, { en: 'Reference of the notice', zh: 'FSN 编号' }),
  newOrUpdate: ({ recall: { extensions } }, language) =>
    extensions.length === 0
      ? language === 'zh'
        ? '首次'
        : 'New'
      : [
          language === 'zh' ? '更新：新增受影响产品' : 'Update: more is affected',
          ...extensions.map(({ at, reason }) => `${dayOf(at)}: ${reason}`),
        ],
  attention: (file, language) => {
    const names = customersOf(file).map(({ partner }) => partner.name)
    const shown = names.slice(0, 20)
    const more = names.length - shown.length
    if (names.length === 0) return missing('Nobody got any of it.', '无收货单位。')
    return [...shown, ...(more > 0 ? [language === 'zh' ? `等共 ${names.length} 家` : `… ${names.length} in all`] : [])]
  },
  noticeText: ({ recall }, language) =>
    draftMessages(recall).flatMap((one) =>
      one.language === language && one.role === 'customer'
        ? [one.subject, ...one.mail.split('\n').filter(Boolean)]
        : [],
    ),
  conclusion: ({ history }) => {
    const closed = history.find(({ type }) => type === 'RecallClosed')
    return closed
      ? String((closed.data as { conclusion: string }).conclusion)
      : missing('The recall is not closed yet; its conclusion is written then.', '召回尚未关闭，结论在关闭时填写。')
  },
} satisfies Record<string, Value>

/** `1234567-6/1/97-001-C`: registration, day of initiation, sequence, correction or removal (21 CFR 806.10(c)(1)). */
export function reportNumber(file: CaseFile): Told {
  const { recall, company } = file
  const initiated = recall.milestones.find(({ name }) => name === 'initiated')?.at
  if (!company?.us || !initiated || !recall.plan)
    return missing(
      'The number is made of the US registration number (POST /companies), the day of the first notice and the kind of action (PUT /recalls/{recallId}/plan); not all of them are known yet.',
      '编号由美国注册号、首次通知日期和措施类型组成，目前尚不齐全。',
    )
  const [year, month, day] = dayOf(initiated).split('-').map(Number)
  const sequence = String(recall.plan.sequence).padStart(3, '0')
  const kind = recall.plan.kind === 'correction' ? 'C' : 'R'
  return `${company.us.registration}-${month}/${day}/${String(year).slice(2)}-${sequence}-${kind}`
}
