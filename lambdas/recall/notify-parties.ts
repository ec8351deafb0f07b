import * as z from 'zod'
import { approved, mayNotify } from '#domain/approval'
import { Lot } from '#domain/lot'
import { goodsOf, Notice, NoticeSent, NoticeUndeliverable, NoticeUpdated } from '#domain/notice'
import { linkEnd } from '#domain/notice-message'
import { Partner } from '#domain/partner'
import { Recall } from '#domain/recall'
import { absent, refuse, task } from '#kit'
import { tell, unsettledIn } from '#recall'

/** Each takes two items of the one transaction that writes all of them down. */
const partiesAtOnce = 40

const party = { partnerId: Partner.sample(), noticeId: Notice.sample() }
const when = { recallId: Recall.sample(), shard: 0, parties: [party] }
const given = { recall: Recall.like({ status: 'scoped' }) }
const goods = goodsOf({ lots: [{ lotId: Lot.sample(), number: 'L-2601', quantity: 10, unit: 'each' }] })
const told = {
  ...{ ...party, role: 'customer', goods, outcome: 'told' },
  ...{ to: ['pharmacy@st-anna.example'], texted: [] },
} as const

export const handler = task({
  summary: 'Tell some parties about a recall, each once, and again when its lots changed; a drill only writes it down.',
  input: z.object({
    recallId: Recall.id,
    shard: z.number().int(),
    parties: z.array(z.object({ partnerId: Partner.id, noticeId: Notice.id })).max(partiesAtOnce),
  }),
  reads: {
    recall: Recall.at('recallId'),
    notices: Notice.at('parties[].noticeId').orAbsent(),
  },
  emits: [NoticeSent, NoticeUndeliverable, NoticeUpdated],
  refuses: {
    'party-unknown': absent(
      'Partner {partnerId} is not in the scope of recall {recallId}. Trace the scope again.',
      '合作方 {partnerId} 不在召回 {recallId} 的范围内。请重新追溯。',
    ),
  },
  uses: ['scope', 'table', 'mail', 'sms', 'links'],
  perform: async ({ recall, notices }, { recallId, shard, parties }, { scope, table, ...ports }, { now }) => {
    // Whoever starts this: nothing leaves that nobody approved.
    if (!mayNotify(recall)) return []
    const ids = parties.map(({ partnerId }) => partnerId)
    // Whom it was sent to is what counts: an address that changes meanwhile does not undo it, and is no condition.
    const [found, partners] = await Promise.all([
      scope.partiesOf(recallId, shard),
      table.states(ids.map((id) => ({ entity: Partner, id }))),
    ])
    const inScope = new Map(found.map((one) => [one.partnerId, one]))
    const known = parties.map(({ partnerId, noticeId }, index) => {
      const [party, notice, stored] = [inScope.get(partnerId), notices[index], partners[index]]
      if (!party || !stored) return { partnerId, noticeId, outcome: 'unknown' } as const
      const partner = Partner.schema.parse(stored.data)
      const goods = goodsOf(party)
      const about = { partnerId, noticeId, role: party.role, goods }
      // Who left the scope before it was told never hears of it.
      if (notice ? notice.goods === goods : party.lots.length === 0) return { ...about, outcome: 'unchanged' } as const
      if (recall.drill) {
        const to = partner.contacts.map(({ email }) => email)
        return { ...about, outcome: 'told', to, texted: [] } as const
      }
      return {
        ...about,
        outcome: 'due',
        told: { noticeId, recall, partner, party, later: notice && 'update' },
      } as const
    })
    const due = known.filter((one) => one.outcome === 'due')
    const links = await ports.links.sign(
      due.map(({ noticeId }) => noticeId),
      linkEnd(now),
    )
    const tellings = await tell(
      due.map(({ told }, index) => ({ ...told, link: links[index]! })),
      ports,
    )
    const left = tellings.values()
    return known.map((one) => {
      if (one.outcome !== 'due') return one
      const { told: _, ...about } = one
      return { ...about, ...left.next().value! }
    })
  },
  decide: ({ recall, notices }, { recallId, shard }, { now }, done) => {
    const stranger = done.find(({ outcome }) => outcome === 'unknown')
    if (stranger) return refuse('party-unknown', { partnerId: stranger.partnerId, recallId })
    return done.flatMap((one, index) => {
      if (one.outcome !== 'told') return []
      const { noticeId, partnerId, role, goods } = one
      const [to, texted] = [[...one.to], [...one.texted]]
      if (notices[index]) return NoticeUpdated({ noticeId, recallId, partnerId, goods, to, texted, at: now })
      const born = { noticeId, recallId, partnerId, role, shard, goods, to, texted, sentAt: now }
      return to.length > 0
        ? NoticeSent({ ...born, outside: !recall.drill })
        : NoticeUndeliverable({ ...born, outside: false })
    })
  },
  output: (_, done) => ({ told: unsettledIn(done) }),
  examples: [
    { name: 'a customer is told', given, when, performed: [told], then: ['NoticeSent'] },
    {
      name: 'a customer who was told is not told again',
      given: { ...given, notices: [Notice.like({ goods })] },
      when,
      performed: [{ ...told, outcome: 'unchanged' }],
      then: [],
    },
    {
      name: 'a customer of whom more lots came into scope is told again',
      given: { ...given, notices: [Notice.like({ status: 'answered' })] },
      when,
      performed: [told],
      then: ['NoticeUpdated'],
    },
    {
      name: 'a customer of a real recall is told what was approved',
      given: { ...given, recall: approved(Recall.like({ status: 'scoped', drill: false })) },
      when,
      performed: [told],
      then: ['NoticeSent'],
    },
    {
      name: 'nobody is told what nobody approved',
      given: { ...given, recall: Recall.like({ status: 'scoped', drill: false }) },
      when,
      performed: [],
      then: [],
    },
    {
      name: 'a customer whom no message can reach must be called',
      given,
      when,
      performed: [{ ...told, to: [] }],
      then: ['NoticeUndeliverable'],
    },
    {
      name: 'nobody knows yet whether the mail left: the step is tried again',
      given,
      when,
      performed: [{ ...told, outcome: 'unsettled' }],
      then: [],
    },
    {
      name: 'a party outside the scope is refused',
      given,
      when,
      performed: [{ ...party, outcome: 'unknown' }],
      then: { refused: 'party-unknown' },
    },
  ],
})
