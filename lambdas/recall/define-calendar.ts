import * as z from 'zod'
import { Calendar, CalendarDays, CalendarDefined } from '#domain/calendar'
import { Code } from '#domain/values'
import { command } from '#kit'

const { code, ...days } = Calendar.like()

export const handler = command({
  summary: 'Define the working days of an authority, also in place of a built-in calendar of the same code.',
  route: 'POST /calendars',
  roles: ['quality', 'admin'],
  input: z.strictObject({ code: Code, days: CalendarDays }),
  reads: {},
  emits: [CalendarDefined],
  refuses: {},
  decide: (_, { code, days }, { newId }) => CalendarDefined({ calendarId: newId(Calendar), code, ...days }),
  examples: [{ name: 'Austria', given: {}, when: { code, days }, then: ['CalendarDefined'] }],
})
