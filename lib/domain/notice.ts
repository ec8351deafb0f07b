import * as z from 'zod'
import { type AffectedParty, entity, type Mail, stableId } from '#kit'
import type { PartnerState } from './partner.ts'
import type { RecallState } from './recall.ts'
import { Instant, Line } from './values.ts'

/** What one party was told in one recall, and what it answered. */
export const Notice = entity('notice', {
  area: 'recall',
  prefix: 'ntc',
  state: z.object({
    recallId: z.string(),
    partnerId: z.string(),
    role: z.enum(['customer', 'supplier']),
    status: z.enum(['sent', 'undeliverable', 'acknowledged']),
    /** False in a drill: nothing left the company. */
    outside: z.boolean(),
    to: z.array(z.string()),
    sentAt: Instant,
    acknowledgedAt: Instant.optional(),
    acknowledgedBy: Line.optional(),
    note: z.string().optional(),
  }),
  example: {
    recallId: 'rcl_00000000000000000000000001',
    partnerId: 'ptr_00000000000000000000000001',
    role: 'customer',
    status: 'sent',
    outside: true,
    to: ['pharmacy@st-anna.example'],
    sentAt: '2026-03-01T08:05:00.000Z',
  },
  worklist: ({ status }) => status,
  group: ({ recallId }) => recallId,
})

/** A party gets one notice a recall: its id follows from both. */
export const noticeIdOf = (recallId: string, partnerId: string) => stableId('ntc', `${recallId} ${partnerId}`)

const born = z.object({
  noticeId: Notice.id,
  recallId: z.string(),
  partnerId: z.string(),
  role: z.enum(['customer', 'supplier']),
  outside: z.boolean(),
  to: z.array(z.string()),
  sentAt: Instant,
})

export const NoticeSent = Notice.born('NoticeSent', born, ({ noticeId: _, ...rest }) => ({ ...rest, status: 'sent' }))

/** Nobody could be written to: someone must call. */
export const NoticeUndeliverable = Notice.born('NoticeUndeliverable', born, ({ noticeId: _, ...rest }) => ({
  ...rest,
  status: 'undeliverable',
}))

export const NoticeAcknowledged = Notice.fact(
  'NoticeAcknowledged',
  z.object({ noticeId: Notice.id, acknowledgedBy: Line, acknowledgedAt: Instant, note: z.string().optional() }),
  (notice, { noticeId: _, ...rest }) => ({ ...notice, ...rest, status: 'acknowledged' }),
)

const texts = {
  en: {
    subject: (title: string) => `URGENT: product recall - ${title}`,
    body: (name: string, recall: RecallState, list: string, role: 'customer' | 'supplier') =>
      role === 'customer'
        ? `Dear ${name},\n\nwe recall the goods listed below. Reason: ${recall.reason}\n\nWhat you received:\n${list}\n\nStop using and passing on these goods at once, keep them apart, tell everyone you passed them on to, and answer this message with the quantities you hold.\n`
        : `Dear ${name},\n\nwe recall goods made with your deliveries listed below. Reason: ${recall.reason}\n\nWhat you delivered:\n${list}\n\nStop delivering these lots and send us your findings.\n`,
  },
  zh: {
    subject: (title: string) => `紧急：产品召回——${title}`,
    body: (name: string, recall: RecallState, list: string, role: 'customer' | 'supplier') =>
      role === 'customer'
        ? `${name}：\n\n我公司现召回下列产品。原因：${recall.reason}\n\n贵方收到：\n${list}\n\n请立即停止使用和销售，隔离存放，通知下游接收方，并回复贵方现存数量。\n`
        : `${name}：\n\n我公司现召回使用贵方下列批次制造的产品。原因：${recall.reason}\n\n贵方供货：\n${list}\n\n请立即停止供应上述批次，并将调查结果告知我方。\n`,
  },
} as const

/** The mail that tells a party, in its own language. */
export function noticeMail(
  noticeId: string,
  to: string,
  recall: RecallState,
  partner: PartnerState,
  party: AffectedParty,
): Mail {
  const text = texts[partner.language]
  const lines = party.lots.map(
    ({ number, serial, quantity, unit }) => `- ${number}${serial ? ` / ${serial}` : ''}: ${quantity} ${unit}`,
  )
  return {
    key: `${noticeId} ${to}`,
    to,
    subject: text.subject(recall.title),
    text: text.body(partner.name, recall, lines.join('\n'), party.role),
  }
}
