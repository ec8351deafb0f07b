import * as z from 'zod'
import { goodsOf, linkEnd, Notice, NoticeSent, NoticeUndeliverable, NoticeUpdated, noticeMail } from '#domain/notice'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { absent, refuse, task } from '#kit'

const when = {
  recallId: Recall.sample(),
  shard: 0,
  partnerId: Partner.sample(),
  noticeId: Notice.sample(),
}
const given = { recall: Recall.like({ status: 'scoped' }), partner: Partner.like() }
const nothing = goodsOf({ lots: [] })
const found = { role: 'customer', goods: nothing, to: ['pharmacy@st-anna.example'] } as const

export const handler = task({
  summary: 'Tell one party about a recall, once, and again when its lots changed; a drill only writes it down.',
  input: z.object({ recallId: Recall.id, shard: z.number().int(), partnerId: Partner.id, noticeId: Notice.id }),
  reads: {
    recall: Recall.at('recallId'),
    partner: Partner.at('partnerId'),
    notice: Notice.at('noticeId').orAbsent(),
  },
  emits: [NoticeSent, NoticeUndeliverable, NoticeUpdated],
  refuses: {
    'party-unknown': absent(
      'Partner {partnerId} is not in the scope of recall {recallId}. Trace the scope again.',
      '合作方 {partnerId} 不在召回 {recallId} 的范围内。请重新追溯。',
    ),
  },
  uses: ['scope', 'mail', 'links'],
  perform: async ({ recall, partner, notice }, input, { scope, mail, links }, { now }) => {
    const { recallId, shard, partnerId, noticeId } = input
    const party = (await scope.partiesOf(recallId, shard)).find((one) => one.partnerId === partnerId)
    const to = partner.contacts.map(({ email }) => email)
    if (!party) return { role: undefined, goods: nothing, to }
    const goods = goodsOf(party)
    if (notice?.goods !== goods && !recall.drill && to.length > 0) {
      const link = await links.sign(noticeId, linkEnd(now))
      const later = notice && 'update'
      for (const email of to) await mail.send(noticeMail(noticeId, email, recall, partner, party, link, later))
    }
    return { role: party.role, goods, to }
  },
  decide: ({ recall, notice }, { recallId, shard, partnerId, noticeId }, { now }, { role, goods, to }) => {
    if (!role) return refuse('party-unknown', { partnerId, recallId })
    if (notice)
      return notice.goods === goods ? [] : NoticeUpdated({ noticeId, recallId, partnerId, goods, to, at: now })
    const born = { noticeId, recallId, partnerId, role, shard, goods, outside: !recall.drill, to, sentAt: now }
    return to.length > 0 ? NoticeSent(born) : NoticeUndeliverable({ ...born, outside: false })
  },
  output: ({ noticeId }) => ({ noticeId }),
  examples: [
    { name: 'a customer is told', given, when, performed: found, then: ['NoticeSent'] },
    {
      name: 'a customer who was told is not told again',
      given: { ...given, notice: Notice.like({ goods: nothing }) },
      when,
      performed: found,
      then: [],
    },
    {
      name: 'a customer of whom more lots came into scope is told again',
      given: { ...given, notice: Notice.like({ status: 'answered' }) },
      when,
      performed: found,
      then: ['NoticeUpdated'],
    },
    {
      name: 'a customer without contacts must be called',
      given: { ...given, partner: Partner.like({ contacts: [] }) },
      when,
      performed: { ...found, to: [] },
      then: ['NoticeUndeliverable'],
    },
    {
      name: 'a party outside the scope is refused',
      given,
      when,
      performed: { ...found, role: undefined },
      then: { refused: 'party-unknown' },
    },
  ],
})
