import { build } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { completeGmn, verifyGmn } from '../../lib/domain/gmn.ts'
import { type Element, parseElementString, writeFnc1, writeHri } from '../../lib/domain/gs1.ts'
import { checkDigit, Gln, Gtin, hasCheckDigit, printedGtin, Sscc, storedGtin } from '../../lib/domain/gtin.ts'
import { lastDay, parseUdi, type Udi, type UdiDate, udiElements } from '../../lib/domain/udi.ts'

const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`))
const gtin = fc
  .constantFrom(7, 11, 12, 13)
  .chain(digits)
  .map((body) => body + checkDigit(body))
/** What may stand in a lot or serial number: CSET 82. */
const identifier = fc.stringMatching(/^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/)

describe('check digits', () => {
  it('make a number of any length valid, and another digit or a swap of unlike neighbours does not', () => {
    fc.assert(
      fc.property(gtin, fc.nat(), fc.integer({ min: 1, max: 9 }), (valid, place, change) => {
        expect(hasCheckDigit(valid)).toBe(true)
        const at = place % valid.length
        const digit = (Number(valid[at]) + change) % 10
        expect(hasCheckDigit(valid.slice(0, at) + digit + valid.slice(at + 1))).toBe(false)
      }),
    )
  })

  it('are named in the message, and a wrong length before them', () => {
    const message = (schema: typeof Gtin, text: string) => schema.safeParse(text).error?.issues.map((i) => i.message)
    expect(message(Gtin, '09506000117844')).toEqual(['the check digit of this GTIN must be 3, not 4'])
    expect(message(Gtin, '123')).toEqual(['a GTIN has 8, 12, 13 or 14 digits'])
    expect(message(Gtin, '0950600011784A')).toEqual(['a GTIN has 8, 12, 13 or 14 digits'])
    expect(message(Gln, '12345678901')).toEqual(['a GLN has 13 digits'])
    expect(message(Sscc, '123456789012345670')).toEqual(['the check digit of this SSCC must be 5, not 0'])
  })

  it('a GTIN is stored with 14 digits and printed as it was', () => {
    fc.assert(
      fc.property(gtin, (printed) => {
        const stored = storedGtin(printed)
        expect(stored.gtin14).toHaveLength(14)
        expect(hasCheckDigit(stored.gtin14)).toBe(true)
        expect(printedGtin(stored)).toBe(printed)
      }),
    )
  })

  it('a completed model number verifies, and with another pair does not', () => {
    const model = fc
      .tuple(digits(5), fc.stringMatching(/^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,18}$/))
      .map((p) => p.join(''))
    fc.assert(
      fc.property(model, (text) => {
        const completed = completeGmn(text)
        expect(completed.ok && verifyGmn(completed.gmn)).toEqual(completed)
        expect(verifyGmn(`${text}00`)).toEqual({ ok: false, error: 'check' })
      }),
    )
  })
})

/** Days within GS1's window around 2026, and months. */
const udiDate: fc.Arbitrary<UdiDate> = fc
  .date({ min: new Date('1977-01-01'), max: new Date('2075-12-31'), noInvalidDate: true })
  .chain((date) => {
    const day = date.toISOString().slice(0, 10)
    return fc.constantFrom<UdiDate>({ date: day, precision: 'day' }, { date: day.slice(0, 7), precision: 'month' })
  })

const udi: fc.Arbitrary<Udi> = fc.record(
  {
    di: gtin.map((text) => text.padStart(14, '0')),
    lot: identifier,
    serial: identifier,
    made: udiDate,
    expires: udiDate,
  },
  { requiredKeys: ['di'] },
)

describe('UDIs', () => {
  it('are read back from every form as they were written', () => {
    fc.assert(
      fc.property(udi, (original) => {
        const elements = udiElements(original)
        const scanned = writeFnc1(elements).replace('^', ']d2').replaceAll('^', '\u001d')
        for (const text of [writeHri(elements), writeFnc1(elements), scanned]) {
          expect(parseUdi(text, 2026)).toEqual({ ok: true, udi: original, elements })
        }
      }),
    )
  })

  it('keep a month apart from its last day', () => {
    const parsed = parseUdi('(01)09506000117843(17)280200(10)A', 2026)
    expect(parsed).toMatchObject({ ok: true, udi: { expires: { date: '2028-02', precision: 'month' } } })
    expect(lastDay({ date: '2028-02', precision: 'month' })).toBe('2028-02-29')
    expect(lastDay({ date: '2028-04', precision: 'month' })).toBe('2028-04-30')
    expect(lastDay({ date: '2028-02-10', precision: 'day' })).toBe('2028-02-10')
  })

  it('mean the nearest year with the two digits', () => {
    const year = (two: string, now: number) => {
      const parsed = parseUdi(`(01)09506000117843(11)${two}0101`, now)
      return parsed.ok ? parsed.udi.made?.date.slice(0, 4) : parsed.error
    }
    expect(year('76', 2026)).toBe('2076')
    expect(year('77', 2026)).toBe('1977')
    expect(year('40', 2090)).toBe('2140')
    expect(year('41', 2090)).toBe('2041')
  })

  it('need a device identifier', () => {
    expect(parseUdi('(8006)095060001178430102(21)A', 2026)).toMatchObject({
      ok: false,
      error: { code: 'NO_DEVICE_IDENTIFIER' },
    })
  })
})

describe('element strings', () => {
  it('of any text end in a result, never in an exception', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('(', ')', '^', '\u001d', '01', '(01)', '\\(', ']d2', ']E0', '|]e0', '10'),
    )
    fc.assert(
      fc.property(fc.constantFrom('', '(', '^', ']d2', ']E0'), fc.array(piece), (start, pieces) => {
        const result = parseElementString(start + pieces.join(''))
        expect(result.ok || result.error.message.length > 0).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it('name the AI and the rule that is broken', () => {
    const error = (text: string) => {
      const result = parseElementString(text)
      return result.ok ? undefined : result.error
    }
    expect(error('(01)09506000117844')).toEqual({
      code: 'INCORRECT_CHECK_DIGIT',
      ai: '01',
      message: 'AI (01): incorrect check digit',
    })
    expect(error('(10)A')?.message).toBe('AI (10) needs beside it 01 or 02 or 03 or 8006 or 8026')
    expect(error('(8110)1')?.message).toBe('AI (8110) is a retail coupon, which is not read here')
    expect(error('09506000117843')?.code).toBe('UNKNOWN_FORM')
  })

  it('hold a bracket in a value', () => {
    const elements: Element[] = [
      ['01', '09506000117843'],
      ['10', 'A(1)'],
    ]
    expect(writeHri(elements)).toBe(String.raw`(01)09506000117843(10)A\(1)`)
    expect(parseElementString(writeHri(elements))).toEqual({ ok: true, elements })
  })
})

it('the GTIN schema does not pull the table of application identifiers into a bundle', async () => {
  const { metafile } = await build({
    entryPoints: ['lib/domain/gtin.ts'],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    external: ['zod'],
  })
  expect(Object.keys(metafile.inputs)).toEqual(['lib/domain/gtin.ts'])
})
