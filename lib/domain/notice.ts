import * as z from 'zod'
import { type AffectedParty, entity, sha256, stableId } from '#kit'
import { KeptAnswer, merged } from './answer.ts'
import { Check } from './effectiveness.ts'
import { Photo } from './photo.ts'
import { Instant, Line, Reason } from './values.ts'

/** One more try to get an answer. */
const Attempt = z.object({
  way: z.enum(['mail', 'sms', 'phone', 'letter', 'visit']),
  at: Instant,
  /** Who tried; the product itself for mails and text messages. */
  by: z.string(),
  /** Whether somebody at the party was reached; unknown for mails and text messages. */
  reached: z.boolean().optional(),
  note: z.string().optional(),
})

/** A mail that came back, or that somebody did not want. */
const Bounce = z.object({
  address: z.string(),
  /** `passing`: it may have been read all the same, e.g. where the answer of an absent person came. */
  kind: z.enum(['permanent', 'passing', 'complaint']),
  /** In the words of who sent it back. */
  why: z.string(),
  at: Instant,
})

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
    /** Fingerprint of the lots that it names; a party whose lots became more is told again. */
    goods: z.string(),
    status: z.enum(['sent', 'undeliverable', 'acknowledged', 'answered']),
    /** False in a drill: nothing left the company. */
    outside: z.boolean(),
    /** Addresses that got the mail. */
    to: z.array(z.string()),
    /** Phone numbers that got a text message besides. */
    texted: z.array(z.string()).default([]),
    sentAt: Instant,
    acknowledgedAt: Instant.optional(),
    acknowledgedBy: Line.optional(),
    note: z.string().optional(),
    answer: KeptAnswer.optional(),
    /** What the party sent to show what became of the goods. */
    photos: z.array(Photo).default([]),
    /** Mails of the present notice that came back. */
    bounces: z.array(Bounce).default([]),
    /** Messages that asked again, and calls, letters and visits that somebody wrote down. */
    attempts: z.array(Attempt).default([]),
    /** Since when only a person can reach the party. */
    escalatedAt: Instant.optional(),
    /** What the last effectiveness check at the party found. */
    check: Check.optional(),
  }),
  example: {
    recallId: 'rcl_00000000000000000000000001',
    partnerId: 'ptr_00000000000000000000000001',
    role: 'customer',
    shard: 0,
    goods: 'f00d',
    status: 'sent',
    outside: true,
    to: ['pharmacy@st-anna.example'],
    texted: [],
    photos: [],
    bounces: [],
    sentAt: '2026-03-01T08:05:00.000Z',
    attempts: [],
  },
  worklist: ({ status, escalatedAt }) => (status === 'sent' && escalatedAt ? 'escalated' : status),
  group: ({ recallId }) => recallId,
})

export type NoticeState = z.infer<typeof Notice.schema>

/** A party gets one notice a recall: its id follows from both. */
export const noticeIdOf = (recallId: string, partnerId: string) => stableId('ntc', `${recallId} ${partnerId}`)

/** Who was written to. */
const reached = { to: z.array(z.string()), texted: z.array(z.string()).default([]) }

const born = z.object({
  noticeId: Notice.id,
  recallId: z.string(),
  partnerId: z.string(),
  role: z.enum(['customer', 'supplier']),
  shard: z.number().int().default(0),
  goods: z.string().default(''),
  outside: z.boolean(),
  ...reached,
  sentAt: Instant,
})

export const NoticeSent = Notice.born('NoticeSent', born, ({ noticeId: _, ...rest }) => ({
  ...rest,
  status: 'sent',
  attempts: [],
  photos: [],
  bounces: [],
}))

/** Nobody could be written to: someone must call. */
export const NoticeUndeliverable = Notice.born('NoticeUndeliverable', born, ({ noticeId: _, ...rest }) => ({
  ...rest,
  status: 'undeliverable',
  attempts: [],
  photos: [],
  bounces: [],
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

/** The party sent a photo; its content lies under its hash. */
export const NoticePhotoKept = Notice.fact(
  'NoticePhotoKept',
  Photo.extend({ noticeId: Notice.id, recallId: z.string() }),
  (notice, { noticeId: _, recallId: __, ...photo }) => ({ ...notice, photos: [...notice.photos, photo] }),
)

/** More lots of the party came into scope, or fewer: it is told again, and what it answered was not the last word. */
export const NoticeUpdated = Notice.fact(
  'NoticeUpdated',
  z.object({
    noticeId: Notice.id,
    recallId: z.string(),
    partnerId: z.string(),
    goods: z.string(),
    ...reached,
    at: Instant,
  }),
  ({ answer, ...notice }, { goods, to, texted, at }) => ({
    ...notice,
    goods,
    to,
    texted,
    sentAt: at,
    status: to.length > 0 ? 'sent' : 'undeliverable',
    escalatedAt: undefined,
    bounces: [],
    ...(answer ? { answer: { ...answer, complete: false } } : {}),
  }),
)

/** A mail came back. A party of which all came back for good was not told: somebody must call. */
export const NoticeBounced = Notice.fact(
  'NoticeBounced',
  Bounce.extend({ noticeId: Notice.id, recallId: z.string(), partnerId: z.string() }),
  (notice, { noticeId: _, recallId: __, partnerId: ___, ...bounce }) => {
    const bounces = [...notice.bounces, bounce]
    const isGone = (address: string) => bounces.some((one) => one.kind === 'permanent' && one.address === address)
    return {
      ...notice,
      bounces,
      status: notice.status === 'sent' && notice.to.every(isGone) ? 'undeliverable' : notice.status,
    }
  },
)

/** The party was silent and is asked again. */
export const NoticeReminded = Notice.fact(
  'NoticeReminded',
  z.object({ noticeId: Notice.id, recallId: z.string(), partnerId: z.string(), ...reached, at: Instant }),
  (notice, { texted, at }) => {
    const ways = texted.length > 0 ? (['mail', 'sms'] as const) : (['mail'] as const)
    return { ...notice, attempts: [...notice.attempts, ...ways.map((way) => ({ way, at, by: 'lotline' }))] }
  },
)

/** Mails did not help: a person must call, and is on the worklist `escalated` for it. */
export const NoticeEscalated = Notice.fact(
  'NoticeEscalated',
  z.object({ noticeId: Notice.id, recallId: z.string(), partnerId: z.string(), at: Instant }),
  (notice, { at }) => ({ ...notice, escalatedAt: at }),
)

/** Somebody looked whether the recall had reached the party. */
export const PartyChecked = Notice.fact(
  'PartyChecked',
  Check.extend({ noticeId: Notice.id, recallId: z.string(), note: Reason, by: z.string(), at: Instant }),
  (notice, { way, notified, acted, stillInUse }) => ({ ...notice, check: { way, notified, acted, stillInUse } }),
)

/** Somebody called, wrote or went there. */
export const PartyContacted = Notice.fact(
  'PartyContacted',
  z.object({
    noticeId: Notice.id,
    ...Attempt.required({ reached: true, note: true }).shape,
    person: Line.optional(),
  }),
  (notice, { noticeId: _, person: __, ...attempt }) => ({ ...notice, attempts: [...notice.attempts, attempt] }),
)

/** Days of silence before a party is asked again, and how many mails ask before a person must. */
const patience = { days: 3, mails: 3 }

/** What the silence of a party calls for now; whoever answered, and whoever was never written to, is left alone. */
export function silence({ status, outside, sentAt, attempts, escalatedAt }: NoticeState, now: string) {
  if (status !== 'sent' || !outside || escalatedAt) return undefined
  const mails = attempts.filter(({ way }) => way === 'mail')
  const since = Math.max(...[sentAt, ...attempts.map(({ at }) => at)].map((at) => Date.parse(at)))
  if (Date.parse(now) - since < patience.days * 86_400_000) return undefined
  return mails.length < patience.mails ? 'remind' : 'escalate'
}

/** Whether the party gave any sign that it knows. */
export const hasAnswered = (status: unknown) => status === 'acknowledged' || status === 'answered'

/** Fingerprint of the lots of a party and how much of each it got. */
export const goodsOf = ({ lots }: Pick<AffectedParty, 'lots'>) =>
  sha256(
    lots
      .map(({ lotId, quantity }) => `${lotId} ${quantity}`)
      .sort()
      .join('\n'),
  )
