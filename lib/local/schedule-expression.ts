const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** Gives the next time (milliseconds since 1970, UTC) after another one, or undefined when there is none. */
export type Schedule = (after: number) => number | undefined

/** Reads `rate(...)`, `cron(...)` in UTC, or `at(...)`; throws for what the local cloud does not run. */
export function parseSchedule(expression: string): Schedule {
  const [, kind, text] = /^(rate|cron|at)\((.+)\)$/.exec(expression) ?? []
  if (kind === 'rate') return rate(expression, text!)
  if (kind === 'cron') return cron(expression, text!.trim().split(/\s+/))
  if (kind === 'at') {
    const time = Date.parse(`${text}Z`)
    if (!Number.isNaN(time)) return (after) => (time > after ? time : undefined)
  }
  throw new Error(`${expression} is not a schedule expression that the local cloud runs`)
}

function rate(expression: string, text: string): Schedule {
  const [, count, unit] = /^(\d+) (minute|hour|day)s?$/.exec(text) ?? []
  if (!count || !unit || Number(count) === 0) throw new Error(`${expression} is not a rate`)
  const every = Number(count) * UNIT_MS[unit]!
  return (after) => (Math.floor(after / every) + 1) * every
}

/** Fields: minutes, hours, day of month, month, day of week, year. */
function cron(expression: string, fields: readonly string[]): Schedule {
  if (fields.length !== 6) throw new Error(`${expression} needs six fields`)
  const [minutes, hours, days, months, weekdays, years] = fields as [string, string, string, string, string, string]
  const minute = field(expression, minutes, 0, 59)
  const hour = field(expression, hours, 0, 23)
  const day = field(expression, days, 1, 31)
  const month = field(expression, months, 1, 12, MONTHS)
  const weekday = field(expression, weekdays, 1, 7, DAYS)
  const year = field(expression, years, 1970, 2199)
  return (after) => {
    const time = new Date((Math.floor(after / 60_000) + 1) * 60_000)
    const end = after + 5 * 366 * UNIT_MS.day!
    while (time.getTime() < end) {
      const dayFits =
        year(time.getUTCFullYear()) &&
        month(time.getUTCMonth() + 1) &&
        day(time.getUTCDate()) &&
        weekday(time.getUTCDay() + 1)
      if (!dayFits) time.setUTCHours(24, 0, 0, 0)
      else if (!hour(time.getUTCHours())) time.setUTCHours(time.getUTCHours() + 1, 0, 0, 0)
      else if (!minute(time.getUTCMinutes())) time.setUTCMinutes(time.getUTCMinutes() + 1)
      else return time.getTime()
    }
    return undefined
  }
}

function field(
  expression: string,
  text: string,
  low: number,
  high: number,
  names: readonly string[] = [],
): (value: number) => boolean {
  if (text === '*' || text === '?') return () => true
  const number = (name: string) => {
    const named = names.indexOf(name.toUpperCase())
    const value = named < 0 ? Number(name) : named + 1
    // L, W and # are the rest of the grammar.
    if (!Number.isInteger(value) || value < low || value > high)
      throw new Error(`${expression}: the local cloud does not run the field ${text}`)
    return value
  }
  const tests = text.split(',').map((part) => {
    const [range, step] = part.split('/') as [string, string?]
    const [from, to] = range.split('-') as [string, string?]
    const first = from === '*' ? low : number(from)
    const last = to !== undefined ? number(to) : step !== undefined || from === '*' ? high : first
    return (value: number) => value >= first && value <= last && (value - first) % Number(step ?? 1) === 0
  })
  return (value) => tests.some((test) => test(value))
}
