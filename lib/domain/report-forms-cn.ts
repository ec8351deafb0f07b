import type { Form } from './report-form.ts'

const rule = '医疗器械召回管理办法'
const at = (article: string) => `${rule} ${article} [K]`

const productEntries: Form['sections'][number]['entries'] = [
  { value: 'products', label: { en: 'Product, model, intended use', zh: '产品名称、型号规格、适用范围' } },
  {
    value: 'cnDevices',
    label: { en: 'Certificate and UDI', zh: '注册证（备案凭证）编码及唯一标识' },
    source: `${rule} 第十六条`,
  },
  { value: 'lots', label: { en: 'Lots and serials', zh: '生产批号、序列号' } },
]

const companyEntries: Form['sections'][number]['entries'] = [
  { value: 'manufacturer', label: { en: 'Registrant', zh: '注册人（备案人）' } },
  { value: 'creditCode', label: { en: 'Credit code', zh: '统一社会信用代码' } },
  { value: 'agent', label: { en: 'Agent', zh: '境内代理人' } },
  { value: 'submitter', label: { en: 'Person to ask', zh: '联系人及联系方式' } },
]

/** Reports to the NMPA and the provincial authorities, in Chinese. */
export const chineseForms: readonly Form[] = [
  {
    code: 'cn-event',
    title: { en: 'Recall event report form', zh: '医疗器械召回事件报告表' },
    language: 'zh',
    source: at('第十六条'),
    sections: [
      { title: { en: 'Product', zh: '产品信息' }, entries: productEntries },
      { title: { en: 'Company', zh: '企业信息' }, entries: companyEntries },
      {
        title: { en: 'Recall', zh: '召回情况' },
        entries: [
          { value: 'authority', label: { en: 'To', zh: '报告对象' } },
          { value: 'quantities', label: { en: 'Quantities', zh: '生产（进口）数量、销售数量' } },
          { value: 'countries', label: { en: 'Where it was sold', zh: '销售区域' } },
          { value: 'classCn', label: { en: 'Class', zh: '召回级别' }, source: at('第十三条') },
          { value: 'reason', label: { en: 'Reason', zh: '召回原因' } },
          { value: 'event', label: { en: 'Event', zh: '事件情况' } },
          { value: 'injuries', label: { en: 'Injuries', zh: '伤害情况' } },
          { value: 'userActions', label: { en: 'What is asked of users', zh: '召回要求' } },
          { value: 'measures', label: { en: 'Corrective action', zh: '纠正行动简述' } },
          { value: 'openedOn', label: { en: 'Decided on', zh: '召回决定时间' } },
        ],
      },
    ],
  },
  {
    code: 'cn-evaluation',
    title: { en: 'Investigation and evaluation report', zh: '医疗器械召回调查评估报告' },
    language: 'zh',
    source: at('第十六条'),
    sections: [
      {
        title: { en: '1. The devices', zh: '一、召回医疗器械的具体情况' },
        entries: [...productEntries, ...companyEntries],
      },
      {
        title: { en: '2. Reason', zh: '二、实施召回的原因' },
        entries: [
          { value: 'reason', label: { en: 'Reason', zh: '召回原因' } },
          { value: 'source', label: { en: 'Came to light by', zh: '事件来源' } },
          { value: 'discovery', label: { en: 'Discovery', zh: '发现经过' } },
        ],
      },
      {
        title: { en: '3. Result', zh: '三、调查评估结果' },
        entries: [
          { value: 'investigation', label: { en: 'Investigation', zh: '调查情况' } },
          { value: 'cause', label: { en: 'Root cause', zh: '根本原因' } },
          { value: 'hazard', label: { en: 'Hazard', zh: '危害评估' } },
          { value: 'injuries', label: { en: 'Injuries', zh: '伤害情况' } },
          { value: 'quantities', label: { en: 'Quantities', zh: '涉及数量' } },
          { value: 'components', label: { en: 'Components', zh: '涉及的原材料和部件' } },
          { value: 'exclusions', label: { en: 'Excluded', zh: '排除的批次及理由' } },
        ],
      },
      {
        title: { en: '4. Class', zh: '四、召回分级' },
        entries: [{ value: 'classCn', label: { en: 'Class', zh: '召回级别及理由' }, source: at('第十三条') }],
      },
    ],
  },
  {
    code: 'cn-plan',
    title: { en: 'Recall plan', zh: '医疗器械召回计划' },
    language: 'zh',
    source: at('第十六条'),
    sections: [
      {
        title: { en: '1. Made, sold and to be recalled', zh: '一、医疗器械生产销售情况及拟召回的数量' },
        entries: [
          ...productEntries,
          { value: 'quantities', label: { en: 'Quantities', zh: '生产、销售及拟召回数量' } },
          { value: 'countries', label: { en: 'Where it was sold', zh: '销售区域' } },
        ],
      },
      {
        title: { en: '2. Measures', zh: '二、召回措施的具体内容（组织、范围、时限）' },
        entries: [
          { value: 'measures', label: { en: 'Measures', zh: '实施组织及步骤' } },
          { value: 'depth', label: { en: 'Depth', zh: '召回范围' } },
          { value: 'userActions', label: { en: 'By users', zh: '对使用单位的要求' } },
          { value: 'makerActions', label: { en: 'By the company', zh: '企业采取的措施' } },
          { value: 'completeBy', label: { en: 'Until', zh: '完成时限' } },
        ],
      },
      {
        title: { en: '3. Publication', zh: '三、召回信息的公布途径与范围' },
        entries: [{ value: 'publicity', label: { en: 'Publication', zh: '公布途径与范围' } }],
      },
      {
        title: { en: '4. Expected effect', zh: '四、召回的预期效果' },
        entries: [{ value: 'expected', label: { en: 'Expected effect', zh: '预期效果' } }],
      },
      {
        title: { en: '5. Handling', zh: '五、医疗器械召回后的处理措施' },
        entries: [{ value: 'disposition', label: { en: 'Handling', zh: '处理措施' } }],
      },
    ],
  },
  {
    code: 'cn-progress',
    title: { en: 'Report on how the recall plan is carried out', zh: '召回计划实施情况报告' },
    language: 'zh',
    source: rule,
    sections: [
      {
        title: { en: 'Recall', zh: '召回概况' },
        entries: [
          { value: 'caseNumber', label: { en: 'Case', zh: '召回编号' } },
          { value: 'classCn', label: { en: 'Class', zh: '召回级别' } },
          { value: 'cnDevices', label: { en: 'Devices', zh: '产品' } },
          { value: 'initiatedOn', label: { en: 'Begun', zh: '实施时间' } },
        ],
      },
      {
        title: { en: 'Progress', zh: '实施情况' },
        entries: [
          { value: 'notified', label: { en: 'Notices', zh: '通知情况' } },
          { value: 'responding', label: { en: 'Answers', zh: '答复情况' } },
          { value: 'notResponding', label: { en: 'Without answer', zh: '未答复单位' } },
          { value: 'totals', label: { en: 'Quantities', zh: '召回数量合计' } },
          { value: 'returned', label: { en: 'By consignee', zh: '各单位召回数量' } },
          { value: 'unexplained', label: { en: 'Not accounted for', zh: '未核清数量' } },
          { value: 'disposition', label: { en: 'Handling', zh: '召回产品处理' } },
          { value: 'completeBy', label: { en: 'Until', zh: '预计完成时间' } },
          { value: 'clocksCn', label: { en: 'Terms', zh: '法定时限' } },
        ],
      },
    ],
  },
  {
    code: 'cn-summary',
    title: { en: 'Summary evaluation report', zh: '医疗器械召回总结评估报告' },
    language: 'zh',
    source: `${rule} [K]`,
    sections: [
      { title: { en: 'Devices and company', zh: '一、产品及企业' }, entries: [...productEntries, ...companyEntries] },
      {
        title: { en: 'What was done', zh: '二、召回实施情况' },
        entries: [
          { value: 'classCn', label: { en: 'Class', zh: '召回级别' } },
          { value: 'reason', label: { en: 'Reason', zh: '召回原因' } },
          { value: 'notified', label: { en: 'Notices', zh: '通知情况' } },
          { value: 'totals', label: { en: 'Quantities', zh: '召回数量合计' } },
          { value: 'returned', label: { en: 'By consignee', zh: '各单位召回数量' } },
          { value: 'explanations', label: { en: 'Explained', zh: '差异说明' } },
          { value: 'disposition', label: { en: 'Handling', zh: '召回产品处理' } },
        ],
      },
      {
        title: { en: 'Evaluation', zh: '三、效果评估' },
        entries: [
          { value: 'checks', label: { en: 'Effectiveness', zh: '有效性检查' } },
          { value: 'unexplained', label: { en: 'Not accounted for', zh: '未核清数量' } },
          { value: 'cause', label: { en: 'Root cause', zh: '根本原因' } },
          { value: 'prevention', label: { en: 'Prevention', zh: '纠正预防措施' } },
          { value: 'clocksCn', label: { en: 'Terms', zh: '法定时限履行情况' } },
          { value: 'conclusion', label: { en: 'Conclusion', zh: '结论' } },
        ],
      },
    ],
  },
]
