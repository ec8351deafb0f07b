import * as z from 'zod'
import { Contact, Partner, PartnerDefined, PartnerRole } from '#domain/partner'
import { Code, Country, Language, Line } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Define a supplier or customer, with the people to write to in a recall and their language.',
  route: 'POST /partners',
  roles: ['admin', 'purchasing', 'logistics'],
  input: z.strictObject({
    code: Code,
    name: Line,
    roles: z
      .array(PartnerRole)
      .min(1)
      .max(2)
      .refine((roles) => new Set(roles).size === roles.length, 'must name each role once'),
    language: Language,
    country: Country,
    /** Street and town, as reports to authorities name it. */
    address: Line.optional(),
    contacts: z.array(Contact).min(1).max(10),
  }),
  reads: {},
  emits: [PartnerDefined],
  refuses: {},
  decide: (_, input, { newId }) => PartnerDefined({ ...input, partnerId: newId(Partner) }),
  examples: [
    {
      name: 'a hospital that buys',
      given: {},
      when: {
        code: 'C-100',
        name: 'St. Anna Hospital',
        roles: ['customer'],
        language: 'en',
        country: 'DE',
        address: 'Annastr. 3, 10178 Berlin',
        contacts: [{ name: 'Ward pharmacy', email: 'pharmacy@st-anna.example', phone: '+49 30 1234567' }],
      },
      then: ['PartnerDefined'],
    },
  ],
})
