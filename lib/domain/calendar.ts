import * as z from 'zod'
import { entity } from '#kit'
import { Code, Day, daysAfter, Line } from './values.ts'

/** ISO 8601 weekday: 1 Monday to 7 Sunday. */
const Weekday = z.number().int().min(1).max(7)

const days = {
  name: Line,
  /** IANA time zone in which the authority's days begin and end. */
  timeZone: z.string().regex(/^[A-Za-z_]+(\/[A-Za-z_-]+)*$/, 'must be a time zone of the IANA database'),
  /** Days of the week on which the authority never works. */
  weekend: z.array(Weekday).max(6),
  holidays: z.array(Day).max(1000),
  /** Days of a weekend that are worked instead of a holiday (调休). */
  workdays: z.array(Day).max(200),
  /** The days for which holidays are known; a term that leaves them is provisional. */
  from: Day,
  until: Day,
}

/** Content of a calendar, as it is defined and revised. */
export const CalendarDays = z
  .strictObject(days)
  .refine(({ from, until }) => from <= until, '"from" must not be after "until"')
  .refine(({ timeZone }) => isTimeZone(timeZone), 'the time zone is not in the IANA database')

export type CalendarDays = z.infer<typeof CalendarDays>

/** Working days of one authority; a defined one takes the place of the built-in one of the same code. */
export const Calendar = entity('calendar', {
  area: 'recall',
  prefix: 'cal',
  state: z.object({ code: Code, ...days }),
  example: {
    code: 'AT',
    name: 'Austria',
    timeZone: 'Europe/Vienna',
    weekend: [6, 7],
    holidays: ['2026-01-01', '2026-01-06', '2026-05-01'],
    workdays: [],
    from: '2026-01-01',
    until: '2026-12-31',
  },
  worklist: () => 'all',
  unique: { code: ({ code }) => code },
})

export const CalendarDefined = Calendar.born(
  'CalendarDefined',
  z.object({ calendarId: Calendar.id, code: Code, ...days }),
  ({ calendarId: _, ...defined }) => defined,
)

/** A new year became known, or an authority moved a day. */
export const CalendarRevised = Calendar.fact(
  'CalendarRevised',
  z.object({ calendarId: Calendar.id, ...days }),
  ({ code }, { calendarId: _, ...revised }) => ({ code, ...revised }),
)

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}

const weekdayOf = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay() || 7

/** Whether the authority works on this day. */
export function isWorkingDay({ weekend, holidays, workdays }: CalendarDays, day: string): boolean {
  if (workdays.includes(day)) return true
  return !weekend.includes(weekdayOf(day)) && !holidays.includes(day)
}

/** The n-th working day after a day, which itself does not count; 0 is the day itself. */
export function workingDaysAfter(calendar: CalendarDays, from: string, count: number): string {
  let day = from
  for (let left = count; left > 0; ) {
    day = daysAfter(day, 1)
    if (isWorkingDay(calendar, day)) left -= 1
  }
  return day
}

/** Whether the calendar knows the holidays of all these days. */
export const covers = ({ from, until }: CalendarDays, first: string, last: string) => from <= first && last <= until

/** The day that an instant falls on in a time zone. */
export const dayIn = (timeZone: string, at: string) =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(at))

/** The instant at which a day ends in a time zone, also where clocks are changed that night. */
export function endOfDay(timeZone: string, day: string): string {
  const midnight = Date.parse(`${daysAfter(day, 1)}T00:00:00Z`)
  const offsetAt = (instant: number) => {
    const local = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(
      instant,
    )
    return Date.parse(`${local.replace(' ', 'T')}Z`) - instant
  }
  const guess = midnight - offsetAt(midnight)
  return new Date(midnight - offsetAt(guess)).toISOString()
}
