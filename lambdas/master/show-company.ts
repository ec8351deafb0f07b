import { Company } from '#domain/company'
import { showRecord } from '#kit'

export const handler = showRecord(Company, 'companies')
