import type { Rule } from './clock-rule.ts'

const working = { unit: 'working-days', repeats: false } as const
const calendar = { unit: 'calendar-days', repeats: false } as const
const us = { market: 'US', calendar: 'US' } as const
const eu = { market: 'EU', calendar: 'EU', classes: [] as string[] } as const
const cn = { market: 'CN', calendar: 'CN' } as const

/** The terms that come with the product. [K] marks wording that must be checked at its source before it is printed. */
export const builtInRules: readonly Rule[] = [
  {
    ...{ code: 'us-806', ...us, ...working, classes: ['I', 'II'], after: 'initiated', amount: 10 },
    asks: { en: 'Report of the correction or removal to FDA', zh: '向 FDA 提交纠正或移除报告' },
    source: '21 CFR 806.10(b)',
  },
  {
    ...{ code: 'us-806-extension', ...us, ...working, classes: ['I', 'II'], after: 'extended', amount: 10 },
    asks: { en: 'Amended report for the additional lots to FDA', zh: '就新增批次向 FDA 提交补充报告' },
    source: '21 CFR 806.10(d)',
  },
  {
    ...{ code: 'us-status', ...us, ...calendar, classes: [], after: 'initiated', amount: 14, repeats: true },
    asks: { en: 'Recall status report to FDA', zh: '向 FDA 提交召回进展报告' },
    source: '21 CFR 7.53, normally every 2 to 4 weeks',
  },
  {
    ...{ code: 'us-mdr-5', ...us, ...working, classes: [], after: 'public-health-threat', amount: 5 },
    asks: { en: '5-day medical device report to FDA', zh: '向 FDA 提交 5 日医疗器械不良事件报告' },
    source: '21 CFR 803.53',
  },
  {
    ...{ code: 'us-mdr-30-death', ...us, ...calendar, classes: [], after: 'death-or-deterioration', amount: 30 },
    asks: { en: '30-day medical device report to FDA', zh: '向 FDA 提交 30 日医疗器械不良事件报告' },
    source: '21 CFR 803.50 [K]',
  },
  {
    ...{ code: 'us-mdr-30', ...us, ...calendar, classes: [], after: 'serious-incident', amount: 30 },
    asks: { en: '30-day medical device report to FDA', zh: '向 FDA 提交 30 日医疗器械不良事件报告' },
    source: '21 CFR 803.50 [K]',
  },
  {
    ...{ code: 'us-821-before-use', ...us, ...working, classes: [], after: 'tracking-asked-before-use', amount: 3 },
    asks: {
      en: 'Where each tracked device is, before it reaches a patient',
      zh: '提供尚未交付患者的可追踪器械所在位置',
    },
    source: '21 CFR 821.25(a)(2)',
  },
  {
    ...{ code: 'us-821-in-use', ...us, ...working, classes: [], after: 'tracking-asked-in-use', amount: 10 },
    asks: { en: 'Who has each tracked device that reached a patient', zh: '提供已交付患者的可追踪器械的患者信息' },
    source: '21 CFR 821.25(a)(3)',
  },
  {
    ...{ code: 'eu-87-threat', ...eu, ...calendar, after: 'public-health-threat', amount: 2 },
    asks: { en: 'Report of the serious public health threat', zh: '报告严重公共健康威胁' },
    source: 'MDR (EU) 2017/745 Art. 87(4)',
  },
  {
    ...{ code: 'eu-87-death', ...eu, ...calendar, after: 'death-or-deterioration', amount: 10 },
    asks: { en: 'Report of the death or serious deterioration', zh: '报告死亡或健康状况严重恶化' },
    source: 'MDR (EU) 2017/745 Art. 87(5)',
  },
  {
    ...{ code: 'eu-87-serious', ...eu, ...calendar, after: 'serious-incident', amount: 15 },
    asks: { en: 'Report of the serious incident', zh: '报告严重事件' },
    source: 'MDR (EU) 2017/745 Art. 87(3)',
  },
  {
    ...{ code: 'eu-fsca', ...eu, ...calendar, after: 'decided', amount: 0 },
    asks: { en: 'Report of the field safety corrective action, before it is done', zh: '在实施前报告现场安全纠正措施' },
    source: 'MDR (EU) 2017/745 Art. 87(8) [K]',
  },
  {
    ...{ code: 'eu-fsn', ...eu, ...calendar, after: 'decided', amount: 2 },
    asks: { en: 'Field safety notice to all users, without delay', zh: '立即向所有用户发出现场安全通知' },
    source: 'MDR (EU) 2017/745 Art. 89(8) [K]; the days are the company’s own',
  },
  {
    ...{ code: 'cn-event', ...cn, ...calendar, classes: [], after: 'decided', amount: 0 },
    asks: {
      en: 'Recall event report form to the provincial authority, at once',
      zh: '立即提交《医疗器械召回事件报告表》',
    },
    source: '医疗器械召回管理办法 第十六条',
  },
  {
    ...{ code: 'cn-notice-1', ...cn, ...calendar, classes: ['一级'], after: 'decided', amount: 1 },
    asks: { en: 'Notify distributors and users', zh: '通知有关经营企业、使用单位或者告知使用者' },
    source: '医疗器械召回管理办法 第十五条：一级召回 1 日内',
  },
  {
    ...{ code: 'cn-notice-2', ...cn, ...calendar, classes: ['二级'], after: 'decided', amount: 3 },
    asks: { en: 'Notify distributors and users', zh: '通知有关经营企业、使用单位或者告知使用者' },
    source: '医疗器械召回管理办法 第十五条：二级召回 3 日内',
  },
  {
    ...{ code: 'cn-notice-3', ...cn, ...calendar, classes: ['三级'], after: 'decided', amount: 7 },
    asks: { en: 'Notify distributors and users', zh: '通知有关经营企业、使用单位或者告知使用者' },
    source: '医疗器械召回管理办法 第十五条：三级召回 7 日内',
  },
  {
    ...{ code: 'cn-plan', ...cn, ...working, classes: [], after: 'decided', amount: 5 },
    asks: { en: 'Investigation and evaluation report with recall plan', zh: '提交调查评估报告和召回计划' },
    source: '医疗器械召回管理办法 第十六条',
  },
  {
    ...{ code: 'cn-summary', ...cn, ...working, classes: [], after: 'completed', amount: 10 },
    asks: { en: 'Summary evaluation report of the recall', zh: '提交医疗器械召回总结评估报告' },
    source: '医疗器械召回管理办法 [K]',
  },
]
