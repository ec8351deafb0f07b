import { Company, CompanyData, CompanyDefined } from '#domain/company'
import { command } from '#kit'

export const handler = command({
  summary: 'Say who the company is before the authorities: name, address, registration numbers, whom to ask.',
  route: 'POST /companies',
  roles: ['admin', 'quality'],
  input: CompanyData,
  reads: {},
  emits: [CompanyDefined],
  refuses: {},
  decide: (_, input, { newId }) => CompanyDefined({ ...input, companyId: newId(Company) }),
  examples: [{ name: 'a maker in Berlin', given: {}, when: Company.like(), then: ['CompanyDefined'] }],
})
