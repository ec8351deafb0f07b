import * as z from 'zod'
import { entity, refuse, refused, shared } from '#kit'
import { Code, Country, Language, Line } from './values.ts'

/** A person at a partner; each gets the mails of a recall. */
export const Contact = z
  .strictObject({
    name: Line,
    email: z.email().max(254),
    phone: z
      .string()
      .regex(/^\+?[0-9 ()/-]{3,30}$/, 'must be 3 to 30 of digits, spaces and + ( ) / -')
      .optional(),
    /** Gets a text message on the phone besides each mail. */
    sms: z.boolean().optional(),
  })
  .refine((contact) => !contact.sms || phoneForTexts(contact) !== undefined, {
    path: ['phone'],
    message: 'must be an international number that begins with + where "sms" is wanted',
  })

/** Where a contact wants text messages: a number as E.164 writes it. */
export function phoneForTexts({
  phone,
  sms,
}: {
  readonly phone?: string | undefined
  readonly sms?: boolean | undefined
}) {
  const number = phone?.replace(/\(0\)|[ ()/-]/g, '')
  return sms && number && /^\+[1-9][0-9]{6,14}$/.test(number) ? number : undefined
}

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
    /** Street and town, as reports to authorities name it. */
    address: Line.optional(),
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

export const PartnerDefined = Partner.born(
  'PartnerDefined',
  z.object({
    partnerId: Partner.id,
    code: Code,
    name: Line,
    roles: z.array(PartnerRole),
    language: Language,
    country: Country,
    address: Line.optional(),
    contacts: z.array(Contact),
  }),
  ({ partnerId: _, ...defined }) => defined,
)

/** The people to write to changed; the next mail goes to them. */
export const PartnerContactsChanged = Partner.fact(
  'PartnerContactsChanged',
  z.object({
    partnerId: Partner.id,
    language: Language,
    address: Line.optional(),
    contacts: z.array(Contact),
  }),
  (partner, { language, contacts, address = partner.address }) => ({ ...partner, language, contacts, address }),
)

export const partnerRefusals = shared({
  'partner-role-missing': refused(
    'Partner {code} is not a {role}. Choose a partner with that role, or define one.',
    '合作伙伴 {code} 不是{role}。请选择具有该角色的合作伙伴，或新建一个。',
  ),
})

/** Refuses a partner that is not (also) a supplier or customer, as asked. */
export const roleMissing = ({ code, roles }: PartnerState, role: z.infer<typeof PartnerRole>) =>
  roles.includes(role) ? undefined : refuse('partner-role-missing', { code, role })
