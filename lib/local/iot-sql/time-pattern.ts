import { finite } from './value.ts'

const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** A run of one pattern letter, or literal text. */
type Piece = { readonly letter: string; readonly count: number } | { readonly text: string }

const pieces = (pattern: string): Piece[] =>
  Array.from(pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g), ([all, quoted, letter]) => {
    if (letter) return { letter, count: all.length }
    if (quoted === undefined) return { text: all }
    return { text: quoted === '' ? "'" : quoted.replaceAll("''", "'") }
  })

/**
 * Writes a time by a Joda-Time pattern, which is what AWS's `parse_time` does.
 * Undefined for an unknown zone or a letter that has no meaning.
 */
export function formatTime(pattern: string, milliseconds: number, zone: string): string | undefined {
  const offset = zoneOffset(zone, milliseconds)
  if (offset === undefined) return undefined
  const local = new Date(milliseconds + offset)
  if (Number.isNaN(local.getTime())) return undefined
  const texts = pieces(pattern).map((piece) =>
    'text' in piece ? piece.text : written(piece.letter, piece.count, { local, zone, offset, milliseconds }),
  )
  return texts.includes(undefined) ? undefined : texts.join('')
}

interface Moment {
  /** Shifted, so that its UTC fields are the zone's local ones. */
  readonly local: Date
  readonly zone: string
  readonly offset: number
  readonly milliseconds: number
}

function written(letter: string, count: number, { local, zone, offset, milliseconds }: Moment): string | undefined {
  const number = (value: number) => String(value).padStart(count, '0')
  const year = local.getUTCFullYear()
  const hour = local.getUTCHours()
  const yearOfEra = year > 0 ? year : 1 - year
  const twoDigits = (value: number) => (count === 2 ? String(Math.abs(value) % 100).padStart(2, '0') : number(value))
  switch (letter) {
    case 'G':
      return year > 0 ? 'AD' : 'BC'
    case 'C':
      return number(Math.floor(yearOfEra / 100))
    case 'Y':
      return twoDigits(yearOfEra)
    case 'y':
      return twoDigits(year)
    case 'x':
      return twoDigits(isoWeek(local).year)
    case 'w':
      return number(isoWeek(local).week)
    case 'e':
      return number(local.getUTCDay() || 7)
    case 'E':
      return DAYS[local.getUTCDay()]!.slice(0, count < 4 ? 3 : undefined)
    case 'D':
      return number(dayOfYear(local))
    case 'M':
      if (count < 3) return number(local.getUTCMonth() + 1)
      return MONTHS[local.getUTCMonth()]!.slice(0, count === 3 ? 3 : undefined)
    case 'd':
      return number(local.getUTCDate())
    case 'a':
      return hour < 12 ? 'AM' : 'PM'
    case 'K':
      return number(hour % 12)
    case 'h':
      return number(hour % 12 || 12)
    case 'H':
      return number(hour)
    case 'k':
      return number(hour || 24)
    case 'm':
      return number(local.getUTCMinutes())
    case 's':
      return number(local.getUTCSeconds())
    case 'S':
      return String(local.getUTCMilliseconds()).padStart(3, '0').padEnd(count, '0').slice(0, count)
    case 'z':
      return zoneName(zone, milliseconds, count < 4 ? 'short' : 'long') ?? offsetText(offset, ':')
    case 'Z':
      return count > 2 ? zone : offsetText(offset, count === 2 ? ':' : '')
    default:
      return undefined
  }
}

const DAY = 86_400_000
const dayOfYear = (local: Date): number => Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0)) / DAY) + 1

function isoWeek(local: Date): { year: number; week: number } {
  const thursday = new Date(local.getTime() + (4 - (local.getUTCDay() || 7)) * DAY)
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) }
}

function offsetText(offset: number, separator: string): string {
  const minutes = Math.abs(Math.round(offset / 60_000))
  const two = (value: number) => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`
}

/** Milliseconds to add to UTC in the zone at that time; undefined for an unknown zone. */
function zoneOffset(zone: string, milliseconds: number): number | undefined {
  const fixed = /^(?:UTC|GMT|UT|Z)?(?:([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?)?$/.exec(zone)
  if (fixed && zone !== '') {
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = fixed
    return (sign === '-' ? -1000 : 1000) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds))
  }
  const name = intlName(zone, milliseconds, 'longOffset', 'en-US')
  return name === undefined ? undefined : name === 'GMT' ? 0 : zoneOffset(name, milliseconds)
}

/** Each region's English knows the short names of its own zones only. */
const ENGLISH = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-NZ', 'en-ZA']

function zoneName(zone: string, milliseconds: number, style: 'short' | 'long'): string | undefined {
  if (/^(UTC|GMT|UT|Z)$/.test(zone)) return style === 'short' || zone !== 'UTC' ? zone : 'Coordinated Universal Time'
  const names = ENGLISH.map((locale) => intlName(zone, milliseconds, style, locale))
  return names.find((name) => name !== undefined && !/^(GMT|UTC)[+-]/.test(name))
}

function intlName(
  zone: string,
  milliseconds: number,
  timeZoneName: 'short' | 'long' | 'longOffset',
  locale: string,
): string | undefined {
  try {
    const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName }).formatToParts(milliseconds)
    return parts.find(({ type }) => type === 'timeZoneName')?.value
  } catch {
    return undefined // Intl throws for a zone that it does not know
  }
}

/** Zones of the abbreviations that Java reads in American English; others are region names or offsets. */
const ABBREVIATED: Readonly<Record<string, string>> = {
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  EST: 'America/New_York',
  EDT: 'America/New_York',
  CET: 'Europe/Paris',
  CEST: 'Europe/Paris',
  JST: 'Asia/Tokyo',
}

/** What each letter of a java.time pattern reads: a regular expression and the part of the time that it gives. */
function reading(letter: string, count: number): readonly [part: string, expression: string] | undefined {
  const digits = count === 1 ? String.raw`\d+` : String.raw`\d{${count}}`
  const zone = String.raw`[A-Za-z]+(?:\/[A-Za-z_+\-0-9\/]+)?(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{1,2}(?::?\d{2}){0,2}`
  switch (letter) {
    case 'y':
    case 'u':
      return [count === 2 ? 'shortYear' : 'year', digits]
    case 'M':
    case 'L':
      if (count < 3) return ['month', digits]
      return ['monthName', MONTHS.map((name) => name.slice(0, count === 3 ? 3 : undefined)).join('|')]
    case 'd':
    case 'H':
    case 'm':
    case 's':
    case 'h':
    case 'K':
    case 'k':
    case 'D':
      return [letter, digits]
    case 'S':
      return ['fraction', digits.replace('+', '')]
    case 'a':
      return ['half', '[AaPp][Mm]']
    case 'E':
      return ['weekday', DAYS.map((name) => name.slice(0, count < 4 ? 3 : undefined)).join('|')]
    case 'G':
      return ['era', 'AD|BC|Anno Domini|Before Christ']
    case 'z':
    case 'V':
    case 'X':
    case 'x':
    case 'Z':
    case 'O':
      return ['zone', zone]
    default:
      return undefined
  }
}

/**
 * Reads a time by a java.time pattern and gives milliseconds since 1970, which is what AWS's `time_to_epoch` does.
 * UTC where the text names no zone, the start of the day where it gives no hour; undefined where it does not fit.
 */
export function parseTime(text: string, pattern: string): number | undefined {
  let expression = ''
  const names: string[] = []
  for (const piece of pieces(pattern)) {
    const read = 'text' in piece ? undefined : reading(piece.letter, piece.count)
    if ('text' in piece) expression += piece.text.replace(/[^A-Za-z0-9\s]/g, String.raw`\$&`)
    else if (!read) return undefined
    else {
      names.push(read[0])
      expression += `(${read[1]})`
    }
  }
  const found = new RegExp(`^${expression}$`).exec(text)
  if (!found) return undefined
  const parts = new Map(names.map((name, index) => [name, found[index + 1]!]))
  const local = localTime(parts)
  if (local === undefined) return undefined
  const named = parts.get('zone') ?? 'UTC'
  return inZone(local, ABBREVIATED[named] ?? named)
}

function localTime(parts: ReadonlyMap<string, string>): number | undefined {
  const number = (name: string, otherwise: number) => Number(parts.get(name) ?? otherwise)
  const shortYear = parts.get('shortYear')
  const yearOfEra = shortYear === undefined ? number('year', Number.NaN) : 2000 + Number(shortYear)
  const year = parts.get('era')?.startsWith('B') ? 1 - yearOfEra : yearOfEra
  const name = parts.get('monthName')
  const month = name === undefined ? number('month', 1) : MONTHS.findIndex((full) => full.startsWith(name)) + 1
  const day = number('d', 1)
  const afternoon = parts.get('half')?.toLowerCase() === 'pm' ? 12 : 0
  const hour = parts.has('h')
    ? (number('h', 0) % 12) + afternoon
    : parts.has('K')
      ? number('K', 0) + afternoon
      : parts.has('k')
        ? number('k', 0) % 24
        : number('H', 0)
  const fraction = Math.floor(Number(`0.${parts.get('fraction') ?? 0}`) * 1000)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, parts.has('D') ? number('D', 1) : day)
  date.setUTCHours(hour, number('m', 0), number('s', 0), fraction)
  // A date that rolled over, such as the 31st of April or the hour 25, was none.
  const kept = parts.has('D') || (date.getUTCMonth() === month - 1 && date.getUTCDate() === day)
  const inRange = hour < 24 && number('m', 0) < 60 && number('s', 0) < 60
  return kept && inRange ? finite(date.getTime()) : undefined
}

/** The instant at which clocks of the zone show the local time. */
function inZone(local: number, zone: string): number | undefined {
  const guess = zoneOffset(zone, local)
  const offset = guess === undefined ? undefined : zoneOffset(zone, local - guess)
  return offset === undefined ? undefined : local - offset
}
