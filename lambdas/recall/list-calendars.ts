import * as z from 'zod'
import { Calendar, CalendarDays } from '#domain/calendar'
import { calendarsInForce } from '#domain/clock-settings'
import { everyone, listAll, query } from '#kit'

export const handler = query({
  summary: 'Show the calendars in force: the built-in ones, and those that a company defined.',
  route: 'GET /calendars',
  roles: everyone,
  input: z.strictObject({}),
  reads: {},
  uses: ['table'],
  output: z.object({
    calendars: z.array(
      z.object({
        code: z.string(),
        /** Id of a defined one, by which it is revised. */
        calendarId: z.string().optional(),
        days: CalendarDays,
      }),
    ),
  }),
  run: async (_, __, { table }) => {
    const defined = await listAll(table, 'worklist', Calendar, 'all')
    const idOf = new Map(defined.map(({ id, data }) => [data.code, id]))
    return {
      calendars: Object.entries(calendarsInForce(defined)).map(([code, days]) => ({
        code,
        calendarId: idOf.get(code),
        days,
      })),
    }
  },
})
