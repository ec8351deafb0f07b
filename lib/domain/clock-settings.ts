import type { Stored } from '#kit'
import { Calendar } from './calendar.ts'
import { builtInCalendars } from './calendars.ts'
import type { Calendars } from './clock.ts'
import { ClockRule, type Rule } from './clock-rule.ts'
import { builtInRules } from './clock-rules.ts'

/** The calendars in force: the built-in ones and, in their place, those that were defined. */
export function calendarsInForce(defined: readonly Stored[]): Calendars {
  const own = defined.map(({ data }) => {
    const { code, ...days } = Calendar.schema.parse(data)
    return [code, days] as const
  })
  return { ...builtInCalendars, ...Object.fromEntries(own) }
}

/** The terms in force: the built-in ones and, in their place, those that were defined. */
export function rulesInForce(defined: readonly Stored[]): Rule[] {
  const own = defined.map(({ data }) => ClockRule.schema.parse(data))
  const codes = new Set(own.map(({ code }) => code))
  return [...builtInRules.filter(({ code }) => !codes.has(code)), ...own]
}
