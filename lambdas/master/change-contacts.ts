import * as z from 'zod'
import { Contact, Partner, PartnerContactsChanged } from '#domain/partner'
import { Language, Line } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Replace the people to write to at a partner, so that a recall reaches somebody.',
  route: 'PUT /partners/{partnerId}/contacts',
  roles: ['admin', 'purchasing', 'logistics', 'quality'],
  input: z.strictObject({
    partnerId: Partner.id,
    language: Language,
    /** Stays as it was where it is left out. */
    address: Line.optional(),
    contacts: z.array(Contact).min(1).max(10),
  }),
  reads: { partner: Partner.at('partnerId') },
  emits: [PartnerContactsChanged],
  refuses: {},
  decide: (_, input) => PartnerContactsChanged(input),
  examples: [
    {
      name: 'the pharmacy has a new address',
      given: { partner: Partner.like() },
      when: {
        partnerId: Partner.sample(),
        language: 'zh',
        contacts: [{ name: 'Device safety officer', email: 'safety@st-anna.example' }],
      },
      then: ['PartnerContactsChanged'],
    },
  ],
})
