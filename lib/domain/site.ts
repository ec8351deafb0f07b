import * as z from 'zod'
import { entity } from '#kit'
import { Code, Country, Line } from './values.ts'

/** A plant or warehouse of the company; a token lists the sites that its bearer works for. */
export const Site = entity('site', {
  area: 'master',
  prefix: 'sit',
  state: z.object({
    /** Its own id: a token for other sites does not reach it either. */
    siteId: z.string(),
    code: Code,
    name: Line,
    country: Country,
    /** IANA name, e.g. `Europe/Berlin`. */
    timeZone: z.string(),
  }),
  example: {
    siteId: 'sit_00000000000000000000000001',
    code: 'BER',
    name: 'Berlin plant',
    country: 'DE',
    timeZone: 'Europe/Berlin',
  },
  worklist: () => 'all',
  unique: { code: ({ code }) => code },
})

export const SiteDefined = Site.born(
  'SiteDefined',
  z.object({ siteId: Site.id, code: Code, name: Line, country: Country, timeZone: z.string() }),
  (defined) => defined,
)
