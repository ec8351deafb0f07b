import * as z from 'zod'
import { Site, SiteDefined } from '#domain/site'
import { Code, Country, Line } from '#domain/values'
import { command, TimeZone } from '#kit'

export const handler = command({
  summary: 'Define a plant or warehouse of the company.',
  route: 'POST /sites',
  roles: ['admin'],
  input: z.strictObject({ code: Code, name: Line, country: Country, timeZone: TimeZone }),
  reads: {},
  emits: [SiteDefined],
  refuses: {},
  decide: (_, input, { newId }) => SiteDefined({ ...input, siteId: newId(Site) }),
  examples: [
    {
      name: 'a plant in Berlin',
      given: {},
      when: { code: 'BER', name: 'Berlin plant', country: 'DE', timeZone: 'Europe/Berlin' },
      then: ['SiteDefined'],
    },
  ],
})
