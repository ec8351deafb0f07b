import { Location } from '#domain/location'
import { Site } from '#domain/site'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Location, 'locations', {
  group: { siteId: Site.id },
  keys: { code: { siteId: Site.id, code: Code } },
})
