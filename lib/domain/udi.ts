import { type Element, type ElementError, parseElementString } from './gs1.ts'
import { daysIn } from './gs1-checks.ts'

/** A day, or a month where the label gives no day. */
export interface UdiDate {
  /** ISO 8601: `2026-03-31` or `2026-03`. */
  readonly date: string
  readonly precision: 'day' | 'month'
}

/** A unique device identifier of GS1: the device identifier and what the label says of production. */
export interface Udi {
  /** UDI-DI: a GTIN, filled up to 14 digits. */
  readonly di: string
  readonly lot?: string
  readonly serial?: string
  readonly made?: UdiDate
  readonly expires?: UdiDate
}

export type ParsedUdi =
  | { readonly ok: true; readonly udi: Udi; readonly elements: readonly Element[] }
  | { readonly ok: false; readonly error: ElementError }

/**
 * Reads the UDI out of a GS1 element string in any form; other elements stay in `elements`.
 * @param year this year, because labels give two digits of theirs: the nearest year with those digits is meant
 */
export function parseUdi(text: string, year: number): ParsedUdi {
  const parsed = parseElementString(text)
  if (!parsed.ok) return parsed
  const value = (ai: string) => parsed.elements.find(([found]) => found === ai)?.[1]
  const date = (ai: string) => {
    const digits = value(ai)
    return digits === undefined ? undefined : readDate(digits, year)
  }
  const di = value('01')
  if (di === undefined) {
    return { ok: false, error: { code: 'NO_DEVICE_IDENTIFIER', ai: '01', message: 'A UDI has a GTIN in AI (01)' } }
  }
  const parts = { lot: value('10'), serial: value('21'), made: date('11'), expires: date('17') }
  const given = Object.entries(parts).filter(([, part]) => part !== undefined)
  return { ok: true, udi: { di, ...Object.fromEntries(given) }, elements: parsed.elements }
}

/** The elements of a UDI in the order that labels print them; write them with `writeHri` or `writeFnc1`. */
export function udiElements({ di, lot, serial, made, expires }: Udi): Element[] {
  const elements: (readonly [string, string | undefined])[] = [
    ['01', di],
    ['11', made && writeDate(made)],
    ['17', expires && writeDate(expires)],
    ['10', lot],
    ['21', serial],
  ]
  return elements.filter((element): element is Element => element[1] !== undefined)
}

/** The last day that a date stands for: itself, or the end of its month. */
export function lastDay({ date, precision }: UdiDate): string {
  if (precision === 'day') return date
  const [year, month] = date.split('-') as [string, string]
  return `${date}-${daysIn(Number(year), Number(month))}`
}

function readDate(digits: string, year: number): UdiDate {
  const month = `${fullYear(Number(digits.slice(0, 2)), year)}-${digits.slice(2, 4)}`
  const day = digits.slice(4)
  return day === '00' ? { date: month, precision: 'month' } : { date: `${month}-${day}`, precision: 'day' }
}

/** GS1's window: 51 and more years ahead were the century before, 50 and more behind will be the next. */
function fullYear(twoDigits: number, now: number): number {
  const ahead = twoDigits - (now % 100)
  const century = now - (now % 100) + (ahead >= 51 ? -100 : ahead <= -50 ? 100 : 0)
  return century + twoDigits
}

const writeDate = ({ date }: UdiDate): string => date.slice(2).replaceAll('-', '').padEnd(6, '0')
