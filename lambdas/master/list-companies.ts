import { Company } from '#domain/company'
import { listRecords } from '#kit'

export const handler = listRecords(Company, 'companies', { worklist: {} })
