import * as z from 'zod'
import { approved, mayNotify } from '#domain/approval'
import { Notice, NoticeEscalated, NoticeReminded, silence } from '#domain/notice'
import { linkEnd } from '#domain/notice-message'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { task } from '#kit'
import { partyOf, tell, unsettledIn } from '#recall'

const long = '2020-01-31T08:00:00.000Z'
const mail = { way: 'mail', at: long, by: 'lotline' } as const
const given = { recall: approved(Recall.like({ status: 'notified', drill: false })), partner: Partner.like() }
const told = { outcome: 'told', to: ['pharmacy@st-anna.example'], texted: [] } as const

export const handler = task({
  summary: 'Ask a silent party once more, with a fresh link; after the last mail tell people that they must call.',
  input: z.object({ noticeId: Notice.id }),
  reads: {
    notice: Notice.at('noticeId'),
    recall: Recall.of('notice.recallId'),
    partner: Partner.of('notice.partnerId'),
  },
  emits: [NoticeReminded, NoticeEscalated],
  refuses: {},
  uses: ['scope', 'mail', 'sms', 'links'],
  perform: async ({ notice, recall, partner }, { noticeId }, { scope, ...ports }, { now }) => {
    if (!mayNotify(recall) || silence(notice, now) !== 'remind') return { outcome: 'told', to: [], texted: [] }
    const party = await partyOf(notice, { scope })
    const later = notice.attempts.filter(({ way }) => way === 'mail').length + 1
    const [link = ''] = await ports.links.sign([noticeId], linkEnd(now))
    const [telling] = await tell([{ noticeId, recall, partner, party, link, later }], ports)
    return telling!
  },
  decide: ({ notice, recall }, { noticeId }, { now }, { outcome, to, texted }) => {
    const { recallId, partnerId } = notice
    // What is said of it changed, and waits for its approval.
    if (!mayNotify(recall)) return []
    const step = outcome === 'told' ? silence(notice, now) : undefined
    if (step === 'remind')
      return NoticeReminded({ noticeId, recallId, partnerId, to: [...to], texted: [...texted], at: now })
    return step === 'escalate' ? NoticeEscalated({ noticeId, recallId, partnerId, at: now }) : []
  },
  output: ({ noticeId }, done) => ({ noticeId, told: unsettledIn([done]) }),
  examples: [
    {
      name: 'three days without an answer',
      given: { ...given, notice: Notice.like({ sentAt: long }) },
      when: { noticeId: Notice.sample() },
      performed: told,
      then: ['NoticeReminded'],
    },
    {
      name: 'three reminders without an answer: a person must call',
      given: { ...given, notice: Notice.like({ sentAt: long, attempts: [mail, mail, mail] }) },
      when: { noticeId: Notice.sample() },
      performed: told,
      then: ['NoticeEscalated'],
    },
    {
      name: 'whoever answered is left alone',
      given: { ...given, notice: Notice.like({ sentAt: long, status: 'answered' }) },
      when: { noticeId: Notice.sample() },
      performed: told,
      then: [],
    },
  ],
})
