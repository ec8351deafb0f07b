import * as z from 'zod'
import { type AffectedParty, entity, type Mail, stableId } from '#kit'
import { KeptAnswer, merged } from './answer.ts'
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
    /** Partition of the recall's scope that holds the party. */
    shard: z.number().int(),
    status: z.enum(['sent', 'undeliverable', 'acknowledged', 'answered']),
    /** False in a drill: nothing left the company. */
    outside: z.boolean(),
    to: z.array(z.string()),
    sentAt: Instant,
    acknowledgedAt: Instant.optional(),
    acknowledgedBy: Line.optional(),
    note: z.string().optional(),
    answer: KeptAnswer.optional(),
  }),
  example: {
    recallId: 'rcl_00000000000000000000000001',
    partnerId: 'ptr_00000000000000000000000001',
    role: 'customer',
    shard: 0,
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
  shard: z.number().int().default(0),
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

/** The party said what became of the goods; `by` tells whether it did so itself or somebody wrote down what it said. */
export const NoticeAnswered = Notice.fact(
  'NoticeAnswered',
  z.object({
    noticeId: Notice.id,
    recallId: z.string(),
    partnerId: z.string(),
    by: z.enum(['party', 'staff']),
    ...KeptAnswer.shape,
  }),
  (notice, { noticeId: _, recallId: __, partnerId: ___, by: ____, ...answer }) => ({
    ...notice,
    status: 'answered',
    acknowledgedAt: notice.acknowledgedAt ?? answer.answeredAt,
    acknowledgedBy: notice.acknowledgedBy ?? answer.answeredBy,
    answer: merged(notice.answer, answer),
  }),
)

/** Whether the party gave any sign that it knows. */
export const hasAnswered = (status: unknown) => status === 'acknowledged' || status === 'answered'

const texts = {
  en: {
    subject: (title: string) => `URGENT: product recall - ${title}`,
    body: (name: string, recall: RecallState, list: string, role: 'customer' | 'supplier', link: string) =>
      role === 'customer'
        ? `Dear ${name},\n\nwe recall the goods listed below. Reason: ${recall.reason}\n\nWhat you received:\n${list}\n\nStop using and passing on these goods at once, keep them apart, tell everyone you passed them on to, and tell us the quantities here, without an account:\n${link}\n`
        : `Dear ${name},\n\nwe recall goods made with your deliveries listed below. Reason: ${recall.reason}\n\nWhat you delivered:\n${list}\n\nStop delivering these lots and confirm here, without an account:\n${link}\n`,
  },
  zh: {
    subject: (title: string) => `紧急：产品召回——${title}`,
    body: (name: string, recall: RecallState, list: string, role: 'customer' | 'supplier', link: string) =>
      role === 'customer'
        ? `${name}：\n\n我公司现召回下列产品。原因：${recall.reason}\n\n贵方收到：\n${list}\n\n请立即停止使用和销售，隔离存放，通知下游接收方，并在此填报数量（无需账号）：\n${link}\n`
        : `${name}：\n\n我公司现召回使用贵方下列批次制造的产品。原因：${recall.reason}\n\n贵方供货：\n${list}\n\n请立即停止供应上述批次，并在此确认（无需账号）：\n${link}\n`,
  },
} as const

/** A link in a message is valid this long; a reminder brings a new one. */
const linkDays = 400

/** When a link that is made now ends. */
export const linkEnd = (now: string) => new Date(Date.parse(now) + linkDays * 86_400_000).toISOString()

/** The mail that tells a party, in its own language. */
export function noticeMail(
  noticeId: string,
  to: string,
  recall: RecallState,
  partner: PartnerState,
  party: AffectedParty,
  link: string,
): Mail {
  const text = texts[partner.language]
  const lines = party.lots.map(
    ({ number, serial, quantity, unit }) => `- ${number}${serial ? ` / ${serial}` : ''}: ${quantity} ${unit}`,
  )
  return {
    key: `${noticeId} ${to}`,
    to,
    subject: text.subject(recall.title),
    text: text.body(partner.name, recall, lines.join('\n'), party.role, link),
  }
}
