/** What a HIBC label says: who labels, which product, and what of it. */
export interface Hibc {
  /** UDI-DI: labeler (LIC), product number and unit of measure, by which packages of one product differ. */
  readonly di: string
  readonly lot?: string
  readonly serial?: string
}

export type ParsedHibc = { readonly ok: true; readonly hibc: Hibc } | { readonly ok: false; readonly why: string }

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%'

/** Check character of HIBC: the sum of all characters, modulo 43. */
export const hibcCheck = (text: string): string | undefined => {
  const values = [...text].map((character) => alphabet.indexOf(character))
  return values.includes(-1) ? undefined : alphabet[values.reduce((sum, value) => sum + value, 0) % 43]
}

/** Digits of a date by the flag before it (ANSI/HIBC 2.6, table 3); months without a flag begin with 0 or 1. */
const dateDigits: Readonly<Record<string, number>> = { 0: 4, 1: 4, 2: 7, 3: 7, 4: 9, 5: 6, 6: 8, 7: 1 }

/** What stands after `$$` or `$$+`: a quantity, a date, and then the lot or serial. */
function afterDate(text: string): string | undefined {
  const quantity = /^(8\d{2}|9\d{5})/.exec(text)?.[0] ?? ''
  const rest = text.slice(quantity.length)
  const length = dateDigits[rest[0] ?? '']
  if (length === undefined) return quantity ? rest : undefined
  return /^\d+$/.test(rest.slice(0, length)) ? rest.slice(length) : undefined
}

/** Lot or serial of one part of the secondary data; a part that names neither says nothing; undefined where it is no HIBC. */
function readPart(part: string): Partial<Hibc> | undefined {
  const [, flag = '', text = ''] = /^(\$\$\+|\$\$|\$\+|\$|S|14D|16D|Q|(?=\d{5}))(.*)$/.exec(part) ?? []
  const value = flag.startsWith('$$') ? afterDate(text) : text
  if (value === undefined) return undefined
  if (flag === '$$+' || flag === '$+' || flag === 'S') return value === '' ? {} : { serial: value }
  if (flag === '14D' || flag === '16D' || flag === 'Q') return /^\d+$/.test(value) ? {} : undefined
  // An old form has the date without a flag.
  const lot = flag === '' ? oldLot(value) : value
  return lot === '' ? {} : lot === undefined ? undefined : { lot }
}

const oldLot = (text: string) => (/^\d{5}/.test(text) ? text.slice(5) : undefined)

/** Reads a HIBC label, primary alone or with its secondary data behind `/` (ANSI/HIBC 2.6); its check character must hold. */
export function parseHibc(text: string): ParsedHibc {
  const no = (why: string): ParsedHibc => ({ ok: false, why })
  const [data, check] = [text.slice(0, -1), text.at(-1)]
  const wanted = hibcCheck(data)
  if (wanted === undefined) return no('HIBC has only 0-9, A-Z and - . space $ / + %')
  if (wanted !== check) return no(`the check character is ${check}, but should be ${wanted}`)
  const [primary = '', ...parts] = data.split('/')
  const [, di] = /^\+([A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}\d)$/.exec(primary) ?? []
  if (!di) return no('it does not begin with +, a labeler, a product and a unit of measure')
  const read = parts.map(readPart)
  const odd = read.indexOf(undefined)
  if (odd >= 0) return no(`"${parts[odd]}" is no secondary data of HIBC`)
  return { ok: true, hibc: Object.assign({ di }, ...read) }
}
