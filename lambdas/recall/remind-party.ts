import * as z from 'zod'
import { linkEnd, Notice, NoticeEscalated, NoticeReminded, noticeMail, silence } from '#domain/notice'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { task } from '#kit'

const long = '2020-01-31T08:00:00.000Z'
const mail = { way: 'mail', at: long, by: 'lotline' } as const
const given = { recall: Recall.like({ status: 'notified', drill: false }), partner: Partner.like() }

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
  uses: ['scope', 'mail', 'links'],
  perform: async ({ notice, recall, partner }, { noticeId }, { scope, mail, links }, { now }) => {
    const { recallId, shard, partnerId, attempts } = notice
    const to = partner.contacts.map(({ email }) => email)
    const party = (await scope.partiesOf(recallId, shard)).find((one) => one.partnerId === partnerId)
    if (!party || silence(notice, now) !== 'remind') return to
    const count = attempts.filter(({ way }) => way === 'mail').length + 1
    const link = await links.sign(noticeId, linkEnd(now))
    for (const email of to) await mail.send(noticeMail(noticeId, email, recall, partner, party, link, count))
    return to
  },
  decide: ({ notice }, { noticeId }, { now }, to) => {
    const { recallId, partnerId } = notice
    const step = silence(notice, now)
    if (step === 'remind') return NoticeReminded({ noticeId, recallId, partnerId, to, at: now })
    return step === 'escalate' ? NoticeEscalated({ noticeId, recallId, partnerId, at: now }) : []
  },
  output: ({ noticeId }) => ({ noticeId }),
  examples: [
    {
      name: 'three days without an answer',
      given: { ...given, notice: Notice.like({ sentAt: long }) },
      when: { noticeId: Notice.sample() },
      performed: ['pharmacy@st-anna.example'],
      then: ['NoticeReminded'],
    },
    {
      name: 'three reminders without an answer: a person must call',
      given: { ...given, notice: Notice.like({ sentAt: long, attempts: [mail, mail, mail] }) },
      when: { noticeId: Notice.sample() },
      performed: ['pharmacy@st-anna.example'],
      then: ['NoticeEscalated'],
    },
    {
      name: 'whoever answered is left alone',
      given: { ...given, notice: Notice.like({ sentAt: long, status: 'answered' }) },
      when: { noticeId: Notice.sample() },
      performed: ['pharmacy@st-anna.example'],
      then: [],
    },
  ],
})
