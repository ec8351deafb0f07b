import type { AffectedParty, Mail, TextMessage } from '#kit'
import { isUrgent } from './market.ts'
import { goodsOf } from './notice.ts'
import { type PartnerState, phoneForTexts } from './partner.ts'
import type { RecallState } from './recall.ts'

const texts = {
  en: {
    update: 'UPDATE: ',
    reminder: (count: number) => `REMINDER ${count}: `,
    subject: (title: string, urgent: boolean) => `${urgent ? 'URGENT: ' : ''}product recall - ${title}`,
    body: (name: string, recall: RecallState, list: string, role: 'customer' | 'supplier', link: string) =>
      role === 'customer'
        ? `Dear ${name},\n\nwe recall the goods listed below. Reason: ${recall.reason}\n\nWhat you received:\n${list}\n\nStop using and passing on these goods at once, keep them apart, tell everyone you passed them on to, and tell us the quantities here, without an account:\n${link}\n`
        : `Dear ${name},\n\nwe recall goods made with your deliveries listed below. Reason: ${recall.reason}\n\nWhat you delivered:\n${list}\n\nStop delivering these lots and confirm here, without an account:\n${link}\n`,
    text: (subject: string, lots: string, role: 'customer' | 'supplier', link: string) =>
      `${subject}. ${role === 'customer' ? 'Stop using' : 'Stop delivering'} ${lots}. Details and answer: ${link}`,
    more: (count: number) => ` and ${count} more`,
  },
  zh: {
    update: '更新：',
    reminder: (count: number) => `第 ${count} 次催办：`,
    subject: (title: string, urgent: boolean) => `${urgent ? '紧急：' : ''}产品召回——${title}`,
    body: (name: string, recall: RecallState, list: string, role: 'customer' | 'supplier', link: string) =>
      role === 'customer'
        ? `${name}：\n\n我公司现召回下列产品。原因：${recall.reason}\n\n贵方收到：\n${list}\n\n请立即停止使用和销售，隔离存放，通知下游接收方，并在此填报数量（无需账号）：\n${link}\n`
        : `${name}：\n\n我公司现召回使用贵方下列批次制造的产品。原因：${recall.reason}\n\n贵方供货：\n${list}\n\n请立即停止供应上述批次，并在此确认（无需账号）：\n${link}\n`,
    text: (subject: string, lots: string, role: 'customer' | 'supplier', link: string) =>
      `${subject}。请立即停止${role === 'customer' ? '使用' : '供应'} ${lots}。详情与答复：${link}`,
    more: (count: number) => ` 等另 ${count} 项`,
  },
} as const

/** A link in a message is valid this long; a reminder brings a new one. */
const linkDays = 400

/** When a link that is made now ends. */
export const linkEnd = (now: string) => new Date(Date.parse(now) + linkDays * 86_400_000).toISOString()

/** A text message costs by its length, and names so many lots. */
const lotsInText = 3

/** What a message says to whom. */
export interface Told {
  readonly noticeId: string
  readonly recall: RecallState
  readonly partner: PartnerState
  readonly party: AffectedParty
  readonly link: string
  /** What comes after the first message: news of other lots, or the n-th reminder. */
  readonly later?: 'update' | number | undefined
}

const lotOf = ({ number, serial }: AffectedParty['lots'][number]) => `${number}${serial ? ` / ${serial}` : ''}`

function subjectOf({ recall, partner, later }: Told): string {
  const text = texts[partner.language]
  const mark = later === undefined ? '' : later === 'update' ? text.update : text.reminder(later)
  return mark + text.subject(recall.title, isUrgent(recall.classes))
}

/** The same message to the same address has the same key, however often it is tried. */
function keyOf({ noticeId, party, later }: Told, to: string): string {
  const turn = later === 'update' ? goodsOf(party).slice(0, 16) : later === undefined ? '' : `reminder-${later}`
  return [noticeId, turn, to].filter(Boolean).join(' ')
}

/** The mails that tell a party, one a contact, in its own language. */
export function noticeMails(told: Told): Mail[] {
  const { recall, partner, party, link } = told
  const list = party.lots.map((lot) => `- ${lotOf(lot)}: ${lot.quantity} ${lot.unit}`).join('\n')
  const text = texts[partner.language].body(partner.name, recall, list, party.role, link)
  return partner.contacts.map(({ email: to }) => ({ key: keyOf(told, to), to, subject: subjectOf(told), text }))
}

/** The text messages that tell those contacts of a party who want one besides the mail. */
export function noticeTexts(told: Told): TextMessage[] {
  const { partner, party, link } = told
  const words = texts[partner.language]
  const lots = [...new Set(party.lots.map(lotOf))]
  const more = lots.length - lotsInText
  const named = lots.slice(0, lotsInText).join(', ') + (more > 0 ? words.more(more) : '')
  const text = words.text(subjectOf(told), named, party.role, link)
  return partner.contacts.flatMap((contact) => {
    const to = phoneForTexts(contact)
    return to ? [{ key: keyOf(told, to), to, text }] : []
  })
}

/** The first message in each language and to each kind of party, as an approver reads it. */
export const draftMessages = (recall: RecallState) =>
  (['en', 'zh'] as const).flatMap((language) =>
    (['customer', 'supplier'] as const).map((role) => {
      const words = texts[language]
      const subject = words.subject(recall.title, isUrgent(recall.classes))
      const mail = words.body('<…>', recall, '- <…>', role, '<…>')
      return { language, role, subject, mail, text: words.text(subject, '<…>', role, '<…>') }
    }),
  )
