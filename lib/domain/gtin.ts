import * as z from 'zod'

/**
 * Check digit of GTIN, GLN and SSCC: weights 3, 1, 3, 1 ... from the right over the digits before it.
 * @param digits the number without its check digit; anything but digits makes the result meaningless
 */
export function checkDigit(digits: string): string {
  let sum = 0
  for (let i = 0; i < digits.length; i++) sum += Number(digits.at(-1 - i)) * (i % 2 === 0 ? 3 : 1)
  return String((10 - (sum % 10)) % 10)
}

/** Whether the text is digits and the last of them is the check digit of the others. */
export const hasCheckDigit = (text: string): boolean =>
  /^\d{2,}$/.test(text) && text.endsWith(checkDigit(text.slice(0, -1)))

const checked = (name: string, lengths: RegExp, rule: string) =>
  z
    .string()
    .regex(lengths, { error: `a ${name} has ${rule}`, abort: true })
    .refine(hasCheckDigit, {
      error: ({ input }) =>
        `the check digit of this ${name} must be ${checkDigit(String(input).slice(0, -1))}, not ${String(input).at(-1)}`,
    })

/** GTIN-8, -12, -13 or -14 as it is printed; the identifier of a trade item, and a UDI-DI. */
export const Gtin = checked('GTIN', /^(\d{8}|\d{12,14})$/, '8, 12, 13 or 14 digits')

/** Global location number: a party or a place. */
export const Gln = checked('GLN', /^\d{13}$/, '13 digits')

/** Serial shipping container code: one logistic unit. */
export const Sscc = checked('SSCC', /^\d{18}$/, '18 digits')

/** A GTIN for storing and comparing, with the length that it was printed with, because zeros in front are part of it. */
export interface StoredGtin {
  readonly gtin14: string
  readonly length: 8 | 12 | 13 | 14
}

/** Fills a GTIN up to 14 digits; throws `ZodError` when it is not a GTIN. */
export function storedGtin(printed: string): StoredGtin {
  const gtin = Gtin.parse(printed)
  return { gtin14: gtin.padStart(14, '0'), length: gtin.length as StoredGtin['length'] }
}

/** A GTIN as it is printed; the inverse of `storedGtin`. */
export const printedGtin = ({ gtin14, length }: StoredGtin): string => gtin14.slice(-length)
