import { Equipment } from '#domain/equipment'
import { Site } from '#domain/site'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Equipment, 'equipment', {
  worklist: { status: Equipment.schema.shape.status },
  group: { siteId: Site.id },
  keys: { code: { code: Code } },
})
