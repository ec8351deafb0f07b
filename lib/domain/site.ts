import * as z from 'zod'
import { entity } from '#kit'
import { Code, Country, Line } from './values.ts'

/** A plant or warehouse of the company; a token lists the sites that its bearer works for. */
export const Site = entity('site', {
  area: 'master',
  prefix: 'sit',
  state: z.object({
    code: Code,
    name: Line,
    country: Country,
    /** IANA name, e.g. `Europe/Berlin`. */
    timeZone: z.string(),
  }),
  example: { code: 'BER', name: 'Berlin plant', country: 'DE', timeZone: 'Europe/Berlin' },
  worklist: () => 'all',
  unique: { code: ({ code }) => code },
})
