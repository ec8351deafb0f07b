import * as z from 'zod'
import { Calendar, CalendarDays, CalendarRevised } from '#domain/calendar'
import { command } from '#kit'

const { code: _, ...days } = Calendar.like({ until: '2027-12-31' })

export const handler = command({
  summary: 'Tell a calendar of another year or of a day that moved; clocks that run follow with the next sweep.',
  route: 'PUT /calendars/{calendarId}',
  roles: ['quality', 'admin'],
  input: z.strictObject({ calendarId: Calendar.id, days: CalendarDays }),
  reads: { calendar: Calendar.at('calendarId') },
  emits: [CalendarRevised],
  refuses: {},
  decide: (_, { calendarId, days }) => CalendarRevised({ calendarId, ...days }),
  examples: [
    {
      name: 'another year is known',
      given: { calendar: Calendar.like() },
      when: { calendarId: Calendar.sample(), days },
      then: ['CalendarRevised'],
    },
  ],
})
