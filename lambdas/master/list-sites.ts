import { Site } from '#domain/site'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Site, 'sites', { worklist: {}, keys: { code: { code: Code } } })
