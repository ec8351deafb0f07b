import type { CaseFile } from './case-file.ts'
import type { Plan } from './recall-plan.ts'
import { blank, dayOf, inLanguage, type Language, missing, type Told, type Words } from './report-told.ts'

type Value = (file: CaseFile, language: Language) => Told

/** What only the plan of a recall knows. */
const ofPlan =
  (tell: (plan: Plan, language: Language) => Told | undefined, { en, zh }: Words): Value =>
  ({ recall }, language) =>
    (recall.plan && tell(recall.plan, language)) ??
    missing(
      `${en}: not recorded. Record it, or that there is none, with PUT /recalls/{recallId}/plan.`,
      `${zh}：尚未填写。请通过 PUT /recalls/{recallId}/plan 填写；如无，也请注明。`,
    )

/** Of a first notice nothing is asked that only an update has. */
const ofUpdate =
  (tell: Value): Value =>
  (file, language) => {
    if (file.recall.extensions.length > 0) return tell(file, language)
    return language === 'zh' ? '不适用：首次通知' : 'Not applicable: this is the first notice'
  }

const yes = (is: boolean, language: Language) => (language === 'zh' ? (is ? '是' : '否') : is ? 'Yes' : 'No')

/** What only a field safety notice says. */
export const notice = {
  softwareVersions: ofPlan(({ softwareVersions }) => softwareVersions, {
    en: 'Affected versions of software',
    zh: '受影响的软件版本',
  }),
  associatedDevices: ofPlan((plan, language) => inLanguage(plan.associatedDevices, language), {
    en: 'Associated devices',
    zh: '关联器械',
  }),
  furtherRisk: ofPlan((plan, language) => inLanguage(plan.furtherRisk, language), {
    en: 'Further information on the risk',
    zh: '风险补充说明',
  }),
  tellPatients: ofPlan(
    ({ tellPatients }, language) => (tellPatients === undefined ? undefined : yes(tellPatients, language)),
    { en: 'Whether patients and lay users are told', zh: '是否告知患者或非专业使用者' },
  ),
  previousNotice: ofUpdate(
    ofPlan(({ previousNotice }) => previousNotice && [previousNotice.reference, previousNotice.date], {
      en: 'Reference and date of the notice before',
      zh: '前次通知的编号与日期',
    }),
  ),
  newInformation: ofUpdate(({ recall }, language) => [
    ...[inLanguage(recall.plan?.newInformation, language)].filter((one) => one !== undefined),
    ...recall.extensions.map(({ at, reason }) => `${dayOf(at)}: ${reason}`),
  ]),
  followUpExpected: ofPlan(({ followUp }, language) => followUp && yes(followUp.expected, language), {
    en: 'Whether more advice is to come',
    zh: '是否将发布后续建议',
  }),
  followUp: ofPlan(({ followUp }, language) => followUp && (inLanguage(followUp.about, language) ?? blank), {
    en: 'What more is to come',
    zh: '后续建议内容',
  }),
  followUpBy: ofPlan(({ followUp }) => followUp && (followUp.by ?? blank), {
    en: 'When more is to come',
    zh: '后续建议预计时间',
  }),
  authorityInformed: ({ clocks }) => {
    const met = clocks.filter(({ rule, status }) => rule.startsWith('eu-') && status === 'met')
    return met.length > 0
      ? met.map(({ rule, metAt, evidence }) => [rule, metAt && dayOf(metAt), evidence].filter(Boolean).join(', '))
      : missing(
          'No report to an authority of the EU is recorded. Say so with POST /clocks/{clockId}/fulfilment.',
          '未登记已向欧盟主管机构报告。请通过 POST /clocks/{clockId}/fulfilment 填报。',
        )
  },
  attachments: ofPlan((plan, language) => inLanguage(plan.attachments, language), { en: 'Attachments', zh: '附件' }),
} satisfies Record<string, Value>
