import { Notice, NoticeAnswered } from '#domain/notice'
import { Partner, PartnerDefined } from '#domain/partner'
import { Recall, RecallPassedOn } from '#domain/recall'
import { reaction } from '#kit'
import { subAccountId } from '#recall'

const answered = {
  ...{ noticeId: Notice.sample(), recallId: Recall.sample(), partnerId: Partner.sample(), by: 'party' as const },
  ...{ answeredBy: 'Ward pharmacy', affected: true, lines: [], complete: true, answeredAt: '2026-03-02T09:00:00.000Z' },
  recipients: [{ name: 'St. Rita Clinic', email: 'store@st-rita.example' }],
}
const given = { recall: Recall.like({ status: 'notified' }), partner: Partner.like() }

export const handler = reaction({
  summary: 'Take those to whom a consignee passed the goods on into the recall: the next pass finds and tells them.',
  on: [NoticeAnswered],
  input: NoticeAnswered.schema,
  reads: { recall: Recall.at('recallId'), partner: Partner.at('partnerId') },
  emits: [PartnerDefined, RecallPassedOn],
  refuses: {},
  uses: ['table'],
  perform: async (_, { noticeId, recipients }, { table }) => {
    const named = new Map(recipients.map((one) => [subAccountId(noticeId, one.name), one]))
    const known = await table.states([...named.keys()].map((id) => ({ entity: Partner, id })))
    return [...named].map(([partnerId, one], index) => ({ ...one, partnerId, isKnown: known[index] !== undefined }))
  },
  decide: ({ recall, partner: { language, country } }, { recallId, noticeId }, _, recipients) => {
    if (recipients.length === 0 || recall.status === 'closed') return []
    const fresh = recipients.filter(({ isKnown }) => !isKnown)
    return [
      ...fresh.map(({ partnerId, name, email, phone }) =>
        PartnerDefined({
          ...{ partnerId, name, language, country, roles: ['customer'] as const },
          // A number in the books it gets when it buys from us; until then it is known by its id.
          code: partnerId,
          contacts: email === undefined ? [] : [{ name, email, phone: phoneOf(phone) }],
        }),
      ),
      RecallPassedOn({ recallId, noticeId, partnerIds: recipients.map(({ partnerId }) => partnerId) }),
    ]
  },
  examples: [
    {
      name: 'a hospital gave some to a clinic',
      given,
      when: answered,
      performed: [{ ...answered.recipients[0], partnerId: Partner.sample(2), isKnown: false }],
      then: ['PartnerDefined', 'RecallPassedOn'],
    },
    {
      name: 'a clinic that was named before is known',
      given,
      when: answered,
      performed: [{ ...answered.recipients[0], partnerId: Partner.sample(2), isKnown: true }],
      then: ['RecallPassedOn'],
    },
    { name: 'nothing was passed on', given, when: { ...answered, recipients: [] }, performed: [], then: [] },
  ],
})

/** What the consignee wrote where it is a phone number; a mail address alone is enough to tell somebody. */
const phoneOf = (phone: string | undefined) => (phone && /^\+?[0-9 ()/-]{3,30}$/.test(phone) ? phone : undefined)
