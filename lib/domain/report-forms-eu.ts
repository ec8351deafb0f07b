import type { Form } from './report-form.ts'

const template = 'Commission template of 2018 [K]'

/** Reports to authorities of the EU, and the notice to users. */
export const europeanForms: readonly Form[] = [
  {
    code: 'eu-fsca',
    title: { en: 'Field safety corrective action report', zh: '现场安全纠正措施报告（欧盟）' },
    language: 'en',
    source: 'MDR (EU) 2017/745 Art. 87, 89 [K]',
    sections: [
      {
        title: { en: 'Administration', zh: '管理信息' },
        entries: [
          { value: 'fscaReference', label: { en: 'FSCA reference', zh: 'FSCA 编号' }, source: template },
          { value: 'fsnReference', label: { en: 'FSN reference', zh: 'FSN 编号' }, source: template },
          { value: 'newOrUpdate', label: { en: 'New or update', zh: '首次或更新' }, source: template },
          { value: 'openedOn', label: { en: 'Decided on', zh: '决定时间' } },
          { value: 'initiatedOn', label: { en: 'Begun on', zh: '实施时间' } },
        ],
      },
      {
        title: { en: 'Manufacturer', zh: '制造商' },
        entries: [
          { value: 'manufacturer', label: { en: 'Manufacturer', zh: '制造商' } },
          { value: 'srn', label: { en: 'SRN', zh: 'SRN' }, source: 'Art. 89(8)' },
          { value: 'representative', label: { en: 'Authorised representative', zh: '授权代表' } },
          { value: 'notifiedBody', label: { en: 'Notified body', zh: '公告机构' } },
          { value: 'submitter', label: { en: 'Person to ask', zh: '联系人' } },
        ],
      },
      {
        title: { en: 'Devices', zh: '器械' },
        entries: [
          { value: 'products', label: { en: 'Devices', zh: '器械' } },
          { value: 'euDevices', label: { en: 'Identification', zh: '标识' }, source: 'Art. 89(8): UDIs' },
          { value: 'lots', label: { en: 'Lots and serials', zh: '批号和序列号' } },
          { value: 'quantities', label: { en: 'Quantities', zh: '数量' } },
          { value: 'countries', label: { en: 'Distributed to', zh: '销售国家' } },
        ],
      },
      {
        title: { en: 'Reason and risk', zh: '原因与风险' },
        entries: [
          { value: 'event', label: { en: 'Malfunction', zh: '故障' }, source: 'Art. 89(8)' },
          { value: 'hazard', label: { en: 'Risk', zh: '风险' }, source: 'Art. 89(8)' },
          { value: 'injuries', label: { en: 'Injuries', zh: '伤害' } },
          { value: 'cause', label: { en: 'Root cause', zh: '根本原因' }, source: 'Art. 89(5)' },
          {
            value: 'classEu',
            label: { en: 'Why it is a field safety corrective action', zh: '判定为现场安全纠正措施的理由' },
          },
        ],
      },
      {
        title: { en: 'Action', zh: '措施' },
        entries: [
          { value: 'userActions', label: { en: 'By users', zh: '使用单位' }, source: template },
          { value: 'makerActions', label: { en: 'By the manufacturer', zh: '制造商' }, source: template },
          { value: 'measures', label: { en: 'Description', zh: '说明' } },
          { value: 'completeBy', label: { en: 'Time schedule', zh: '时间安排' } },
          { value: 'notified', label: { en: 'Users told', zh: '通知情况' } },
          { value: 'totals', label: { en: 'Progress', zh: '进展' } },
          { value: 'prevention', label: { en: 'Prevention', zh: '预防' } },
          { value: 'clocksEu', label: { en: 'Terms', zh: '时限' } },
        ],
      },
    ],
  },
  {
    code: 'eu-fsn',
    title: { en: 'Field safety notice', zh: '现场安全通知' },
    language: 'en',
    source: template,
    sections: [
      {
        title: { en: 'Head', zh: '抬头' },
        entries: [
          { value: 'fsnReference', label: { en: 'FSN reference', zh: 'FSN 编号' }, source: template },
          { value: 'fscaReference', label: { en: 'FSCA reference', zh: 'FSCA 编号' }, source: template },
          { value: 'initiatedOn', label: { en: 'Date', zh: '日期' }, source: template },
          { value: 'attention', label: { en: 'For the attention of', zh: '致' }, source: template },
          { value: 'contact', label: { en: 'Contact', zh: '联系人' }, source: template },
        ],
      },
      {
        title: { en: '1. Devices concerned', zh: '1. 涉及器械' },
        entries: [
          {
            value: 'products',
            label: { en: '1.1 – 1.4 Type, name, purpose, model', zh: '1.1 – 1.4 类型、名称、用途、型号' },
            source: template,
          },
          { value: 'euDevices', label: { en: '1.3 Identifiers', zh: '1.3 标识' }, source: template },
          { value: 'softwareVersions', label: { en: '1.6 Software version', zh: '1.6 软件版本' }, source: template },
          { value: 'lots', label: { en: '1.7 Lots and serials', zh: '1.7 批号和序列号' }, source: template },
          { value: 'associatedDevices', label: { en: '1.8 Associated devices', zh: '1.8 关联器械' }, source: template },
        ],
      },
      {
        title: { en: '2. Reason', zh: '2. 原因' },
        entries: [
          { value: 'reason', label: { en: '2.1 Problem', zh: '2.1 问题' }, source: template },
          {
            value: 'hazard',
            label: { en: '2.2 – 2.4 Hazard, probability, risk', zh: '2.2 – 2.4 危害、概率、风险' },
            source: template,
          },
          { value: 'furtherRisk', label: { en: '2.5 Further information', zh: '2.5 补充说明' }, source: template },
          { value: 'discovery', label: { en: '2.6 Background', zh: '2.6 背景' }, source: template },
        ],
      },
      {
        title: { en: '3. Action', zh: '3. 措施' },
        entries: [
          { value: 'userActions', label: { en: '3.1 By the user', zh: '3.1 使用单位' }, source: template },
          { value: 'actBy', label: { en: '3.2 By when', zh: '3.2 期限' }, source: template },
          { value: 'patients', label: { en: '3.3 Follow-up of patients', zh: '3.3 患者随访' }, source: template },
          { value: 'answerBy', label: { en: '3.4 Reply required, by', zh: '3.4 要求答复，截止' }, source: template },
          { value: 'makerActions', label: { en: '3.5 By the manufacturer', zh: '3.5 制造商' }, source: template },
          { value: 'completeBy', label: { en: '3.6 By when', zh: '3.6 期限' }, source: template },
          { value: 'tellPatients', label: { en: '3.7 Patients to be told', zh: '3.7 是否告知患者' }, source: template },
        ],
      },
      {
        title: { en: '4. General', zh: '4. 其他' },
        entries: [
          { value: 'newOrUpdate', label: { en: '4.1 New or update', zh: '4.1 首次或更新' }, source: template },
          { value: 'previousNotice', label: { en: '4.2 Notice before', zh: '4.2 前次通知' }, source: template },
          { value: 'newInformation', label: { en: '4.3 Key new information', zh: '4.3 新增要点' }, source: template },
          { value: 'followUpExpected', label: { en: '4.4 More to come', zh: '4.4 是否有后续建议' }, source: template },
          { value: 'followUp', label: { en: '4.5 On what', zh: '4.5 后续建议内容' }, source: template },
          { value: 'followUpBy', label: { en: '4.6 When', zh: '4.6 预计时间' }, source: template },
          { value: 'manufacturer', label: { en: '4.7 Manufacturer', zh: '4.7 制造商' }, source: template },
          { value: 'srn', label: { en: '4.7 SRN', zh: '4.7 SRN' }, source: 'Art. 89(8)' },
          {
            value: 'authorityInformed',
            label: { en: '4.8 Authority informed', zh: '4.8 已告知主管机构' },
            source: template,
          },
          { value: 'attachments', label: { en: '4.9 Attachments', zh: '4.9 附件' }, source: template },
          { value: 'noticeText', label: { en: 'Message to users', zh: '致使用单位的通知' } },
        ],
      },
    ],
  },
]
