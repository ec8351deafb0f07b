import * as z from 'zod'
import { Site, SiteDefined } from '#domain/site'
import { Code, Country, Line } from '#domain/values'
import { command } from '#kit'

/** Every computer reads dates of these zones alike; a misspelt one is refused here and not years later. */
const TimeZone = z
  .string()
  .max(64)
  .refine((name) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0
    } catch {
      return false
    }
  }, 'must be an IANA time zone, e.g. Europe/Berlin')

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
