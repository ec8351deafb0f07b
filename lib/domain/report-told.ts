import type { Worded } from './company.ts'

export type Language = 'en' | 'zh'

/** Words in both languages of the product. */
export interface Words {
  readonly en: string
  readonly zh: string
}

/** Why something is not there, and what brings it; what is rightly empty says so as a text. */
export interface Missing {
  readonly missing: Words
}

/** Rows under heads, all as people read them. */
export interface Table {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** Share of the width of each column; they make 1. Equal where there are none. */
  readonly widths?: readonly number[]
  /** What its empty cells lack, and what brings it. */
  readonly missing?: string | undefined
}

/** What a report says at one place. */
export type Told = string | readonly string[] | Table | Missing

export const missing = (en: string, zh: string): Missing => ({ missing: { en, zh } })

export const isMissing = (told: Told): told is Missing =>
  typeof told === 'object' && 'missing' in told && !('rows' in told)
export const isTable = (told: Told): told is Table => typeof told === 'object' && 'rows' in told

/** The words of a language; those of the other where nobody wrote any. */
export const inLanguage = (words: Partial<Worded> | undefined, language: Language): string | undefined =>
  words && (words[language] ?? words.en ?? words.zh)

/** A cell for which nothing is recorded. */
export const blank = '—'

/** Every table of a report says all; an empty one says why. */
export const rowsOr = (table: Table, why: Missing | string): Told => (table.rows.length > 0 ? table : why)

/** Day of an instant. */
export const dayOf = (instant: string) => instant.slice(0, 10)

/** First and last day of some instants, once where they are the same. */
export function span(instants: readonly string[]): string | undefined {
  const days = instants.map(dayOf).sort()
  const [first, last] = [days[0], days.at(-1)]
  return first === last ? first : `${first} – ${last}`
}

/** An instant as a clock on the wall shows it, in UTC. */
export const timeOf = (instant: string) => `${instant.slice(0, 16).replace('T', ' ')} UTC`

/** The same in a zone, e.g. `2026-03-01 09:00 (Europe/Berlin)`. */
export function timeIn(instant: string, timeZone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  return `${format.format(new Date(instant))} (${timeZone})`
}

/** So many things that are lacking are named; the table shows all of them. */
const mostNamed = 20

/** Says what cells of a table lack, and what brings it. */
export function lacking(what: readonly string[], remedy: Words, language: Language): string | undefined {
  if (what.length === 0) return undefined
  const [named, more] = [what.slice(0, mostNamed), what.length - mostNamed]
  return language === 'zh'
    ? `未登记：${named.join('、')}${more > 0 ? ` 等共 ${what.length} 项` : ''}。${remedy.zh}`
    : `Not recorded: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. ${remedy.en}`
}

/** A name and what it is, e.g. `Date: 2026-03-01`. */
export const named = (name: string, value: string, language: Language) =>
  `${name}${language === 'zh' ? '：' : ': '}${value}`
