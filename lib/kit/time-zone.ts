import * as z from 'zod'

/** A time zone by its IANA name. Every computer reads these alike; a misspelt one is refused here and not years later. */
export const TimeZone = z
  .string()
  .max(64)
  .refine((name) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0
    } catch {
      return false
    }
  }, 'must be an IANA time zone, e.g. Europe/Berlin')
