import type { Form } from './report-form.ts'

const at = (paragraph: number) => `21 CFR 806.10(c)(${paragraph})`
const known = (paragraph: number) => `${at(paragraph)} [K]`

/** Reports to the FDA. */
export const americanForms: readonly Form[] = [
  {
    code: 'fda-806',
    title: { en: 'Report of a correction or removal', zh: '纠正或收回报告（FDA）' },
    language: 'en',
    source: '21 CFR 806.10',
    sections: [
      {
        title: { en: 'Report', zh: '报告' },
        entries: [
          { value: 'reportNumber', label: { en: '1. Report number', zh: '1. 报告编号' }, source: at(1) },
          { value: 'establishment', label: { en: '1. Registration number', zh: '1. 注册号' }, source: at(1) },
          { value: 'submitter', label: { en: '2. Submitter', zh: '2. 提交人' }, source: known(2) },
          {
            value: 'contact',
            label: { en: '2. Person responsible for the action', zh: '2. 负责人' },
            source: known(2),
          },
        ],
      },
      {
        title: { en: 'Device', zh: '器械' },
        entries: [
          {
            value: 'products',
            label: { en: '3. Brand, common name, intended use', zh: '3. 商标、通用名称、预期用途' },
            source: known(3),
          },
          { value: 'marketing', label: { en: '4. Marketing status', zh: '4. 上市状态' }, source: known(4) },
          {
            value: 'identifiers',
            label: { en: '5. UDI, model, catalogue', zh: '5. UDI、型号、目录号' },
            source: at(5),
          },
          { value: 'lots', label: { en: '5. Lots and serials', zh: '5. 批号和序列号' }, source: at(5) },
          { value: 'manufacturer', label: { en: '6. Manufacturer', zh: '6. 制造商' }, source: known(6) },
        ],
      },
      {
        title: { en: 'Event and action', zh: '事件与措施' },
        entries: [
          { value: 'event', label: { en: '7. Event', zh: '7. 事件' }, source: known(7) },
          { value: 'actionKind', label: { en: '7. Correction or removal', zh: '7. 纠正或收回' }, source: known(7) },
          { value: 'userActions', label: { en: '7. Action of users', zh: '7. 使用单位措施' }, source: known(7) },
          {
            value: 'measures',
            label: { en: '7. Action taken and planned', zh: '7. 已采取和计划采取的措施' },
            source: known(7),
          },
          {
            value: 'injuriesUs',
            label: { en: '8. Injuries and MDR numbers', zh: '8. 伤害及 MDR 编号' },
            source: known(8),
          },
          { value: 'hazard', label: { en: '8. Health hazard', zh: '8. 健康危害' }, source: known(8) },
        ],
      },
      {
        title: { en: 'Extent', zh: '范围' },
        entries: [
          {
            value: 'quantities',
            label: { en: '9. Number made and distributed', zh: '9. 生产和销售数量' },
            source: at(9),
          },
          { value: 'dates', label: { en: '10. Dates', zh: '10. 日期' }, source: at(10) },
          { value: 'consignees', label: { en: '11. Consignees', zh: '11. 收货单位' }, source: at(11) },
          { value: 'noticeText', label: { en: '12. Communication', zh: '12. 通知' }, source: known(12) },
          { value: 'recipients', label: { en: '12. Other recipients', zh: '12. 其他接收方' }, source: known(12) },
        ],
      },
    ],
  },
  {
    code: 'fda-status',
    title: { en: 'Recall status report', zh: '召回进展报告（FDA）' },
    language: 'en',
    source: '21 CFR 7.53',
    sections: [
      {
        title: { en: 'Recall', zh: '召回' },
        entries: [
          { value: 'caseNumber', label: { en: 'Case', zh: '编号' } },
          { value: 'caseTitle', label: { en: 'Title', zh: '标题' } },
          { value: 'classUs', label: { en: 'Class', zh: '级别' } },
          { value: 'depth', label: { en: 'Depth', zh: '深度' } },
          { value: 'identifiers', label: { en: 'Devices', zh: '器械' } },
          { value: 'contact', label: { en: 'Contact', zh: '联系人' } },
        ],
      },
      {
        title: { en: 'Status', zh: '进展' },
        entries: [
          {
            value: 'notified',
            label: { en: '1. Consignees notified', zh: '1. 已通知单位' },
            source: '21 CFR 7.53(b)(1)',
          },
          {
            value: 'responding',
            label: { en: '2. Responding, quantity on hand', zh: '2. 已答复单位及库存' },
            source: '21 CFR 7.53(b)(2)',
          },
          {
            value: 'notResponding',
            label: { en: '3. Not responding', zh: '3. 未答复单位' },
            source: '21 CFR 7.53(b)(3)',
          },
          {
            value: 'totals',
            label: { en: '4. Returned or corrected, in all', zh: '4. 退回或纠正合计' },
            source: '21 CFR 7.53(b)(4)',
          },
          { value: 'returned', label: { en: '4. By consignee', zh: '4. 按单位' }, source: '21 CFR 7.53(b)(4)' },
          { value: 'unexplained', label: { en: '4. Accounted for', zh: '4. 核清情况' }, source: '21 CFR 7.53(b)(4)' },
          {
            value: 'checks',
            label: { en: '5. Effectiveness checks', zh: '5. 有效性检查' },
            source: '21 CFR 7.53(b)(5)',
          },
          {
            value: 'completeBy',
            label: { en: '6. Estimated completion', zh: '6. 预计完成时间' },
            source: '21 CFR 7.53(b)(6)',
          },
          { value: 'clocksUs', label: { en: 'Terms', zh: '时限' } },
        ],
      },
    ],
  },
]
