import type { Form } from './report-form.ts'
import { chineseForms } from './report-forms-cn.ts'
import { europeanForms } from './report-forms-eu.ts'
import { americanForms } from './report-forms-us.ts'

const drill: Form = {
  code: 'drill',
  title: { en: 'Recall drill report', zh: '召回演练报告' },
  language: 'en',
  sections: [
    {
      title: { en: 'What was drilled', zh: '演练内容' },
      entries: [
        { value: 'caseNumber', label: { en: 'Case', zh: '编号' } },
        { value: 'caseTitle', label: { en: 'Title', zh: '标题' } },
        { value: 'openedOn', label: { en: 'Opened', zh: '启动时间' } },
        { value: 'reason', label: { en: 'Assumed reason', zh: '假设原因' } },
        { value: 'classes', label: { en: 'Classes', zh: '召回级别' } },
      ],
    },
    {
      title: { en: 'How long it took', zh: '用时' },
      entries: [{ value: 'stages', label: { en: 'Stages', zh: '各阶段' } }],
    },
    {
      title: { en: 'What was found', zh: '结果' },
      entries: [
        { value: 'found', label: { en: 'Scope', zh: '范围' } },
        { value: 'accounted', label: { en: 'Accounted for', zh: '核清比例' } },
        { value: 'unexplained', label: { en: 'Balance', zh: '差额' } },
        { value: 'lots', label: { en: 'Products', zh: '产品' } },
        { value: 'components', label: { en: 'Materials and components', zh: '原材料和部件' } },
        { value: 'totals', label: { en: 'Quantities at consignees', zh: '收货单位数量' } },
      ],
    },
    {
      title: { en: 'What must get better', zh: '待改进' },
      entries: [
        { value: 'holes', label: { en: 'Gaps in the records', zh: '记录缺口' } },
        { value: 'clocks', label: { en: 'Terms', zh: '时限' } },
        { value: 'conclusion', label: { en: 'Conclusion', zh: '结论' } },
      ],
    },
  ],
}

/** The forms that come with the product. */
export const builtInForms: readonly Form[] = [...americanForms, ...europeanForms, ...chineseForms, drill]
