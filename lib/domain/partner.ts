import * as z from 'zod'
import { entity } from '#kit'
import { Code, Country, Language, Line } from './values.ts'

/** A person at a partner; each gets the mails of a recall. */
export const Contact = z.strictObject({
  name: Line,
  email: z.email().max(254),
  phone: z
    .string()
    .regex(/^\+?[0-9 ()/-]{3,30}$/, 'must be 3 to 30 of digits, spaces and + ( ) / -')
    .optional(),
})

export const PartnerRole = z.enum(['supplier', 'customer'])

/** A company that supplies or receives goods, or both. */
export const Partner = entity('partner', {
  area: 'master',
  prefix: 'ptr',
  state: z.object({
    code: Code,
    name: Line,
    roles: z.array(PartnerRole),
    /** Language of the mails it gets. */
    language: Language,
    country: Country,
    contacts: z.array(Contact),
  }),
  example: {
    code: 'C-100',
    name: 'St. Anna Hospital',
    roles: ['customer'],
    language: 'en',
    country: 'DE',
    contacts: [{ name: 'Ward pharmacy', email: 'pharmacy@st-anna.example' }],
  },
  // A partner may be both, and each index lists it once: so each role has an index of its own.
  worklist: ({ roles }) => (roles.includes('customer') ? 'customer' : undefined),
  group: ({ roles }) => (roles.includes('supplier') ? 'supplier' : undefined),
  unique: { code: ({ code }) => code },
})

export type PartnerState = z.infer<typeof Partner.schema>
