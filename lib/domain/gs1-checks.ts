import { checkPair } from './gmn.ts'
import { COUNTRIES, COUNTRY_NUMBERS, CURRENCY_NUMBERS, PACKAGE_TYPES } from './gs1-codes.ts'
import { hasCheckDigit } from './gtin.ts'

/** A check of a value or part of one; gives the rule that is broken, by GS1's name of it. */
type Check = (value: string) => string | undefined

/** The first rule that does not hold names the error. */
const rules =
  (...pairs: readonly (readonly [holds: (value: string) => boolean, error: string])[]): Check =>
  (value) =>
    pairs.find(([holds]) => !holds(value))?.[1]

const matching = (pattern: RegExp) => (value: string) => pattern.test(value)
const digits = [matching(/^\d*$/), 'NON_DIGIT_CHARACTER'] as const
const atLeast = (length: number) => (value: string) => value.length >= length
const atMost = (length: number) => (value: string) => value.length <= length
const noMoreThan = (limit: string) => (value: string) => value <= limit

/** A clock's part: two digits under a limit. */
const clock = (name: string, limit: string): Check =>
  rules([atLeast(2), `${name}_TOO_SHORT`], [atMost(2), `${name}_TOO_LONG`], digits, [
    (value) => value < limit,
    `ILLEGAL_${name}`,
  ])

/** A calendar day; with `dayMayBeZero` the day may be left open. Two-digit years are of this century. */
function date(yearDigits: 2 | 4, dayMayBeZero: boolean): Check {
  const length = yearDigits + 4
  const month = (value: string) => Number(value.slice(yearDigits, yearDigits + 2))
  return rules(
    [atLeast(length), 'DATE_TOO_SHORT'],
    [atMost(length), 'DATE_TOO_LONG'],
    digits,
    [(value) => month(value) >= 1 && month(value) <= 12, 'ILLEGAL_MONTH'],
    [
      (value) => {
        const year = Number(value.slice(0, yearDigits)) + (yearDigits === 2 ? 2000 : 0)
        const day = Number(value.slice(-2))
        return day <= daysIn(year, month(value)) && (day > 0 || dayMayBeZero)
      },
      'ILLEGAL_DAY',
    ],
  )
}

/** Days of a month, which counts from 1. */
export function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

const coordinate = (name: string, limit: string): Check =>
  rules([(value) => value.length === 10, `${name}_INVALID_LENGTH`], digits, [noMoreThan(limit), `INVALID_${name}`])

const half = (value: string) => value.length / 2

/** MOD 97 of ISO 13616 over the account with country and check moved to the end; letters count from A = 10. */
function ibanRest(value: string): number {
  const moved = value.slice(4) + value.slice(0, 4)
  return [...moved].reduce((rest, char) => Number(`${rest}${Number.parseInt(char, 36)}`) % 97, 0)
}

/** Compares digit strings of any length that have no leading zeros. */
const notAfter = (position: string, end: string) =>
  position.length === end.length ? position <= end : position.length < end.length

/** The checks by the names that the AI table uses; error names are those of the GS1 Barcode Syntax Dictionary. */
export const CHECKS: Readonly<Record<string, Check>> = {
  csetnumeric: rules(digits),
  cset39: rules([matching(/^[#\-/0-9A-Z]*$/), 'INVALID_CSET39_CHARACTER']),
  cset64: rules(
    [
      (value) => {
        const padding = /=*$/.exec(value)![0].length
        return padding === 0 || (padding <= 2 && value.length % 3 === 0)
      },
      'INVALID_CSET64_PADDING',
    ],
    [matching(/^[-0-9A-Z_a-z]*=*$/), 'INVALID_CSET64_CHARACTER'],
  ),
  cset82: rules([matching(/^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*$/), 'INVALID_CSET82_CHARACTER']),

  csum: rules([atLeast(1), 'TOO_SHORT_FOR_CHECK_DIGIT'], digits, [hasCheckDigit, 'INCORRECT_CHECK_DIGIT']),
  csumalpha: rules(
    [atLeast(2), 'TOO_SHORT_FOR_CHECK_PAIR'],
    [atMost(99), 'TOO_LONG_FOR_CHECK_PAIR_IMPLEMENTATION'],
    [(value) => checkPair(value.slice(0, -2)) !== undefined, 'INVALID_CSET82_CHARACTER'],
    [(value) => checkPair(value.slice(0, -2)) === value.slice(-2), 'INCORRECT_CHECK_PAIR'],
  ),
  // Whether a company prefix is assigned to somebody is GS1's register's to say; that it is a number can be seen.
  gcppos1: rules([atLeast(4), 'TOO_SHORT_FOR_GCP'], [matching(/^\d{4}/), 'INVALID_GCP_PREFIX']),
  gcppos2: rules([atLeast(5), 'TOO_SHORT_FOR_GCP'], [matching(/^.\d{4}/), 'INVALID_GCP_PREFIX']),
  hasnondigit: rules([matching(/\D/), 'REQUIRES_NON_DIGIT_CHARACTER']),
  nonzero: rules(digits, [matching(/[1-9]/), 'ILLEGAL_ZERO_VALUE']),
  nozeroprefix: rules(digits, [matching(/^(?!0)/), 'ILLEGAL_ZERO_PREFIX']),
  zero: rules([matching(/^0+$/), 'NOT_ZERO']),
  yesno: rules([matching(/^[01]$/), 'NOT_ZERO_OR_ONE']),
  hyphen: rules([matching(/^-+$/), 'NOT_HYPHEN']),
  pcenc: rules([(value) => !/%(?![0-9A-Fa-f]{2})/.test(value), 'INVALID_PERCENT_SEQUENCE']),

  yymmdd: date(2, false),
  yymmd0: date(2, true),
  yyyymmdd: date(4, false),
  yyyymmd0: date(4, true),
  hh: clock('HOUR', '24'),
  mi: clock('MINUTE', '60'),
  ss: clock('SECOND', '60'),
  hhmi: rules(
    [atLeast(4), 'HOUR_WITH_MINUTE_TOO_SHORT'],
    [atMost(4), 'HOUR_WITH_MINUTE_TOO_LONG'],
    digits,
    [(value) => value.slice(0, 2) < '24', 'ILLEGAL_HOUR'],
    [(value) => value.slice(2) < '60', 'ILLEGAL_MINUTE'],
  ),

  iso3166: rules([(value) => COUNTRY_NUMBERS.has(value), 'NOT_ISO3166']),
  iso3166999: rules([(value) => value === '999' || COUNTRY_NUMBERS.has(value), 'NOT_ISO3166_OR_999']),
  iso3166alpha2: rules([(value) => COUNTRIES.has(value), 'NOT_ISO3166_ALPHA2']),
  iso4217: rules([(value) => CURRENCY_NUMBERS.has(value), 'NOT_ISO4217']),
  iso5218: rules([matching(/^[0129]$/), 'INVALID_BIOLOGICAL_SEX_CODE']),
  packagetype: rules([(value) => PACKAGE_TYPES.has(value), 'INVALID_PACKAGE_TYPE']),
  mediatype: rules([matching(/^(0[1-9]|10|[89]\d)$/), 'INVALID_MEDIA_TYPE']),
  winding: rules([matching(/^[019]$/), 'INVALID_WINDING_DIRECTION']),
  importeridx: rules(
    [(value) => value.length === 1, 'IMPORTER_IDX_MUST_BE_ONE_CHARACTER'],
    [matching(/^[-0-9A-Z_a-z]$/), 'INVALID_IMPORT_IDX_CHARACTER'],
  ),
  latitude: coordinate('LATITUDE', '1800000000'),
  longitude: coordinate('LONGITUDE', '3600000000'),
  iban: rules(
    [atLeast(11), 'IBAN_TOO_SHORT'],
    [atMost(34), 'IBAN_TOO_LONG'],
    [(value) => COUNTRIES.has(value.slice(0, 2)), 'ILLEGAL_IBAN_COUNTRY_CODE'],
    [matching(/^[0-9A-Z]*$/), 'INVALID_IBAN_CHARACTER'],
    [(value) => ibanRest(value) === 1, 'INCORRECT_IBAN_CHECKSUM'],
  ),
  pieceoftotal: rules(
    [(value) => value.length > 0 && value.length % 2 === 0, 'INVALID_LENGTH_FOR_PIECE_OF_TOTAL'],
    digits,
    [(value) => /[1-9]/.test(value.slice(0, half(value))), 'ZERO_PIECE_NUMBER'],
    [(value) => /[1-9]/.test(value.slice(half(value))), 'ZERO_TOTAL_PIECES'],
    [(value) => value.slice(0, half(value)) <= value.slice(half(value)), 'PIECE_NUMBER_EXCEEDS_TOTAL'],
  ),
  posinseqslash: rules(
    [matching(/^\d+\/\d+$/), 'POSITION_IN_SEQUENCE_MALFORMED'],
    [matching(/^[1-9]\d*\/[1-9]/), 'ILLEGAL_ZERO_PREFIX'],
    [(value) => notAfter(...(value.split('/') as [string, string])), 'POSITION_EXCEEDS_END'],
  ),
}
