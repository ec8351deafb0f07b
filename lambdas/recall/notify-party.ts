import * as z from 'zod'
import { linkEnd, Notice, NoticeSent, NoticeUndeliverable, noticeIdOf, noticeMail } from '#domain/notice'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { absent, refuse, task } from '#kit'

export const handler = task({
  summary: 'Tell one party about a recall, once; in a drill only write down that it would have been told.',
  input: z.object({ recallId: Recall.id, shard: z.number().int(), partnerId: Partner.id }),
  reads: { recall: Recall.at('recallId'), partner: Partner.at('partnerId') },
  emits: [NoticeSent, NoticeUndeliverable],
  refuses: {
    'party-unknown': absent(
      'Partner {partnerId} is not in the scope of recall {recallId}. Trace the scope again.',
      '合作方 {partnerId} 不在召回 {recallId} 的范围内。请重新追溯。',
    ),
  },
  uses: ['scope', 'mail', 'table', 'links'],
  perform: async ({ recall, partner }, { recallId, shard, partnerId }, { scope, mail, table, links }, { now }) => {
    const noticeId = noticeIdOf(recallId, partnerId)
    const [told] = await table.states([{ entity: Notice, id: noticeId }])
    const party = (await scope.partiesOf(recallId, shard)).find((one) => one.partnerId === partnerId)
    const to = partner.contacts.map(({ email }) => email)
    if (party && !told && !recall.drill && to.length > 0) {
      const link = await links.sign(noticeId, linkEnd(now))
      for (const email of to) await mail.send(noticeMail(noticeId, email, recall, partner, party, link))
    }
    return { noticeId, told: told !== undefined, role: party?.role, to }
  },
  decide: ({ recall }, { recallId, shard, partnerId }, { now }, { noticeId, told, role, to }) => {
    if (told) return []
    if (!role) return refuse('party-unknown', { partnerId, recallId })
    const notice = { noticeId, recallId, partnerId, role, shard, outside: !recall.drill, to, sentAt: now }
    return to.length > 0 ? NoticeSent(notice) : NoticeUndeliverable({ ...notice, outside: false })
  },
  output: (_, { noticeId }) => ({ noticeId }),
  examples: [
    {
      name: 'a customer is told',
      given: { recall: Recall.like({ status: 'frozen' }), partner: Partner.like() },
      when: { recallId: Recall.sample(), shard: 0, partnerId: Partner.sample() },
      performed: { noticeId: Notice.sample(), told: false, role: 'customer', to: ['pharmacy@st-anna.example'] },
      then: ['NoticeSent'],
    },
    {
      name: 'a customer who was told is not told again',
      given: { recall: Recall.like({ status: 'frozen' }), partner: Partner.like() },
      when: { recallId: Recall.sample(), shard: 0, partnerId: Partner.sample() },
      performed: { noticeId: Notice.sample(), told: true, role: 'customer', to: ['pharmacy@st-anna.example'] },
      then: [],
    },
    {
      name: 'a customer without contacts must be called',
      given: { recall: Recall.like({ status: 'frozen' }), partner: Partner.like({ contacts: [] }) },
      when: { recallId: Recall.sample(), shard: 0, partnerId: Partner.sample() },
      performed: { noticeId: Notice.sample(), told: false, role: 'customer', to: [] },
      then: ['NoticeUndeliverable'],
    },
    {
      name: 'a party outside the scope is refused',
      given: { recall: Recall.like({ status: 'frozen' }), partner: Partner.like() },
      when: { recallId: Recall.sample(), shard: 0, partnerId: Partner.sample() },
      performed: { noticeId: Notice.sample(), told: false, role: undefined, to: [] },
      then: { refused: 'party-unknown' },
    },
  ],
})
