import * as z from 'zod'
import { Location, LocationDefined, Zone } from '#domain/location'
import { Site } from '#domain/site'
import { Code, Line, StorageRange } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Define a place where stock is kept, with the climate that it guarantees.',
  route: 'POST /sites/{siteId}/locations',
  roles: ['admin', 'warehouse'],
  input: z.strictObject({ siteId: Site.id, code: Code, name: Line, zone: Zone, storage: StorageRange.optional() }),
  reads: { site: Site.at('siteId') },
  emits: [LocationDefined],
  refuses: {},
  decide: (_, input, { newId }) => LocationDefined({ ...input, locationId: newId(Location) }),
  examples: [
    {
      name: 'a cold room',
      given: { site: Site.like() },
      when: {
        siteId: Site.sample(),
        code: 'COLD-1',
        name: 'Cold room 1',
        zone: 'cold',
        storage: { minC: 2, maxC: 8 },
      },
      then: ['LocationDefined'],
    },
    {
      name: 'a person of another site may not',
      given: { site: Site.like() },
      by: { sites: [Site.sample(2)] },
      when: { siteId: Site.sample(), code: 'A-02', name: 'Aisle A, rack 2', zone: 'ambient' },
      then: { refused: 'site-foreign' },
    },
  ],
})
