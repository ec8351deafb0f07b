import * as z from 'zod'
import { Company, CompanyData, CompanyRevised } from '#domain/company'
import { command } from '#kit'

export const handler = command({
  summary: 'Correct who the company is before the authorities; reports say it from now on.',
  route: 'PUT /companies/{companyId}',
  roles: ['admin', 'quality'],
  input: z.strictObject({ companyId: Company.id, ...CompanyData.shape }),
  reads: { company: Company.at('companyId') },
  emits: [CompanyRevised],
  refuses: {},
  decide: (_, input) => CompanyRevised(input),
  examples: [
    {
      name: 'another person answers',
      given: { company: Company.like() },
      when: { companyId: Company.sample(), ...Company.like({ person: { name: 'Zhao Min 赵敏' } }) },
      then: ['CompanyRevised'],
    },
  ],
})
