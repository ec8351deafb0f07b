import * as z from 'zod'
import { entity } from '#kit'
import { Country, Line } from './values.ts'

/** A name or address in each language in which regulators read it. */
export const Worded = z
  .strictObject({ en: Line.optional(), zh: Line.optional() })
  .refine(({ en, zh }) => en !== undefined || zh !== undefined, 'must be given in at least one language')
export type Worded = z.infer<typeof Worded>

/** Somebody whom authorities may ask. */
const Person = z.strictObject({
  name: Line,
  title: Line.optional(),
  email: z.email().max(254).optional(),
  phone: Line.max(40).optional(),
})

const Body = z.strictObject({ name: Worded, address: Worded.optional(), country: Country.optional(), person: Person })

/** What authorities know the company by; what is not given shows in each report as missing. */
export const CompanyData = z.strictObject({
  name: Worded,
  address: Worded,
  country: Country,
  /** Answers to regulators. */
  person: Person,
  us: z
    .strictObject({
      /** Registration number of the establishment (21 CFR 807). */
      registration: z.string().regex(/^\d{7,10}$/, 'must be 7 to 10 digits'),
    })
    .optional(),
  eu: z
    .strictObject({
      /** Single registration number of EUDAMED. */
      srn: z.string().regex(/^[A-Z]{2}-MF-\d{9}$/, 'must look like DE-MF-000012345'),
      /** Authorised representative of a maker outside the EU. */
      representative: Body.extend({ srn: Line.max(30).optional() }).optional(),
      notifiedBody: Line.optional(),
    })
    .optional(),
  cn: z
    .strictObject({
      /** 统一社会信用代码 of the registrant, where it has one. */
      creditCode: z
        .string()
        .regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/, 'must be 18 characters of a unified social credit code')
        .optional(),
      /** 代理人 of a maker abroad. */
      agent: Body.optional(),
      /** 省级药品监督管理部门 that gets the reports. */
      authority: Line.optional(),
    })
    .optional(),
})
export type CompanyData = z.infer<typeof CompanyData>

/** The one company of a deployment, as manufacturer before the authorities. */
export const Company = entity('company', {
  area: 'master',
  prefix: 'cmp',
  state: CompanyData,
  example: {
    name: { en: 'Lotline Medical GmbH', zh: '乐莱医疗有限公司' },
    address: { en: 'Werkstr. 1, 10115 Berlin', zh: '德国柏林 10115 工厂街 1 号' },
    country: 'DE',
    person: { name: 'Ingrid Dahl', title: 'Head of quality', email: 'safety@maker.example', phone: '+49 30 7654321' },
    us: { registration: '1234567' },
    eu: { srn: 'DE-MF-000012345' },
  },
  worklist: () => 'all',
  unique: { one: () => 'company' },
})

export const CompanyDefined = Company.born(
  'CompanyDefined',
  z.object({ companyId: Company.id, ...CompanyData.shape }),
  ({ companyId: _, ...defined }) => defined,
)

export const CompanyRevised = Company.fact(
  'CompanyRevised',
  z.object({ companyId: Company.id, ...CompanyData.shape }),
  (_, { companyId: __, ...revised }) => revised,
)
