import { describe, expect, it } from 'vitest'
import { checkPair, completeGmn, verifyGmn } from '../../lib/domain/gmn.ts'
import { parseElementString, writeFnc1 } from '../../lib/domain/gs1.ts'
import { applicationIdentifier } from '../../lib/domain/gs1-ai.ts'
import { CHECKS } from '../../lib/domain/gs1-checks.ts'
import { Gtin, hasCheckDigit } from '../../lib/domain/gtin.ts'
import { parseUdi } from '../../lib/domain/udi.ts'
import { vectors } from './vectors.ts'

/** Prints what a file's cases were: in scope, out of scope and why. */
function report(name: string, all: number, out: readonly { id: string; why: string }[]): void {
  console.log(`${name}: ${all - out.length} of ${all} in scope, ${out.length} out of scope`)
  for (const { id, why } of out) console.log(`  ${id}: ${why}`)
}

interface EngineResult {
  ok: boolean
  elements?: [string, string][] | null
  fnc1?: string
}
interface ElementCase {
  id: string
  form: 'bracketed' | 'fnc1' | 'scan'
  input: string
  valid: boolean
  level: string
  engine: EngineResult
  engineNoRequisites?: EngineResult
}

/** Why a case is not for this parser, or undefined. */
function elementScope({ input, valid }: ElementCase): string | undefined {
  if (/^\]\w\d(https?|HTTPS?):\/\//.test(input)) return 'Digital Link is a later issue'
  if (/\(811[02]\)/.test(input) && valid) return 'retail coupon codes are not read'
  if (/\((89)\)/.test(input) && valid) return 'the switch that permits unknown AIs is not offered'
  return undefined
}

const elements = vectors<{ cases: ElementCase[] }>('gs1_element_strings.json')

describe.skipIf(!elements)('GS1 element strings agree with the GS1 engine', () => {
  const cases = elements?.cases ?? []
  const inScope = cases.filter((row) => !elementScope(row))

  it.each(inScope.map((row) => [row.id, row.input, row] as const))('%s %s', (_id, input, row) => {
    const strict = parseElementString(input)
    const lenient = parseElementString(input, { requisites: false })
    // The engine takes an empty FNC1 text as "nothing yet"; its own unit test, and this parser, refuse it.
    const engine = input === '' ? { ok: false } : row.engine
    expect(strict.ok).toBe(engine.ok)
    expect(lenient.ok).toBe(row.engineNoRequisites?.ok ?? engine.ok)
    const oracle = strict.ok ? row.engine : row.engineNoRequisites
    if (lenient.ok && oracle?.elements) {
      expect(lenient.elements).toEqual(oracle.elements)
      const written = writeFnc1(lenient.elements)
      expect(parseElementString(written, { requisites: false })).toMatchObject({ elements: oracle.elements })
      if (row.form === 'bracketed') expect(written).toBe(oracle.fnc1)
    }
    if (row.level === 'syntax' || row.level === 'linter' || row.level === 'scan') expect(lenient.ok).toBe(row.valid)
    else expect(strict.ok).toBe(row.valid)
  })

  it('says what is out of scope', () => {
    const out = cases.flatMap((row) => {
      const why = elementScope(row)
      return why ? [{ id: `${row.id} ${row.input}`, why }] : []
    })
    report('gs1_element_strings.json', cases.length, out)
    expect(inScope.length).toBeGreaterThan(0)
  })
})

interface CheckCase {
  linter: string
  input: string
  valid: boolean
  error?: string
}

const CHECKS_OUT_OF_SCOPE: Readonly<Record<string, string>> = {
  couponcode: 'retail coupons (AI 8110) are not read',
  couponposoffer: 'retail coupons (AI 8112) are not read',
  gcppos1:
    'the unit test makes its inputs at run time, the recorded ones are empty or stand for a register of prefixes',
  gcppos2:
    'the unit test makes its inputs at run time, the recorded ones are empty or stand for a register of prefixes',
}
const checks = vectors<{ cases: CheckCase[] }>('gs1_linters.json')

describe.skipIf(!checks)('checks of values agree with the GS1 Syntax Dictionary', () => {
  const cases = checks?.cases ?? []
  const inScope = cases.filter(({ linter }) => !(linter in CHECKS_OUT_OF_SCOPE))

  it.each(inScope)('$linter $input', ({ linter, input, valid, error }) => {
    expect(CHECKS[linter]!(input)).toBe(valid ? undefined : error)
  })

  it('says what is out of scope', () => {
    const out = cases.filter((row) => !inScope.includes(row))
    console.log(`gs1_linters.json: ${inScope.length} of ${cases.length} in scope, ${out.length} out of scope`)
    for (const [linter, rows] of Map.groupBy(out, (row) => row.linter)) {
      console.log(`  ${linter} (${rows.length} cases): ${CHECKS_OUT_OF_SCOPE[linter]}`)
    }
    expect(inScope.length).toBeGreaterThan(0)
  })
})

interface AiRow {
  ai: string
  fnc1Required: boolean
  components: string[]
  attrs: string[]
  title: string
}
const table = vectors<{ ais: AiRow[] }>('gs1_ai_table.json')

it.skipIf(!table)('the table of application identifiers holds the facts of the GS1 Syntax Dictionary', () => {
  const rows = (table?.ais ?? []).filter(({ ai }) => !['8110', '8112'].includes(ai))
  for (const row of rows) {
    const found = applicationIdentifier(row.ai.split('-')[0]!)
    expect(found, row.ai).toMatchObject({ fnc1: row.fnc1Required, title: row.title })
    const components = found!.components.map(({ characters, least, most, optional, checks: names }) => {
      const format = `${characters}${least === most ? '' : '..'}${most}`
      return [optional ? `[${format}]` : format, ...names].join(',')
    })
    expect(components).toEqual(row.components)
    const listed = (name: string) => row.attrs.filter((attr) => attr.startsWith(name)).map((attr) => attr.split('=')[1])
    expect(found!.excludes.join()).toBe(listed('ex=').join())
    expect(found!.requires.map((rule) => rule.map((all) => all.join('+')).join())).toEqual(listed('req='))
  }
  console.log(`gs1_ai_table.json: ${rows.length} of ${table!.ais.length} rows; 8110 and 8112 (retail coupons) left out`)
})

interface DeviceIdentifier {
  di: string
  agency: string
  type: string
  gtinCheckOk: boolean | null
}
const identifiers = vectors<{ cases: DeviceIdentifier[] }>('gudid_identifiers.json')

it.skipIf(!identifiers)('real device identifiers: the check digit is right exactly where the record says so', () => {
  const cases = identifiers?.cases ?? []
  const gs1 = cases.filter(({ gtinCheckOk }) => gtinCheckOk !== null)
  for (const { di, gtinCheckOk } of gs1) {
    expect(hasCheckDigit(di), di).toBe(gtinCheckOk)
    expect(Gtin.safeParse(di).success, di).toBe(gtinCheckOk)
  }
  console.log(`gudid_identifiers.json: ${gs1.length} GTINs checked; those of HIBCC are read beside other HIBC labels`)
  expect(gs1.length).toBeGreaterThan(0)
})

interface GmnCase {
  id: string
  op: 'verify' | 'check' | 'complete' | 'verify-hibc-basic'
  input: string
  valid: boolean
  expected: unknown
}
const gmns = vectors<{ cases: GmnCase[] }>('basic_udi_di_gmn.json')

describe.skipIf(!gmns)('Basic UDI-DI (GMN) check characters agree with GS1', () => {
  const cases = gmns?.cases ?? []
  it.each(cases)('$id $op $input', ({ op, input, valid, expected }) => {
    if (op === 'verify-hibc-basic') {
      expect(checkPair(input.slice(0, -2)) === input.slice(-2)).toBe(valid)
      return
    }
    const result = op === 'verify' ? verifyGmn(input) : completeGmn(input)
    expect(result.ok).toBe(valid)
    if (!result.ok || typeof expected !== 'string') return
    expect(op === 'check' ? result.gmn.slice(-2) : result.gmn).toBe(expected)
  })

  it('leaves no case out', () => {
    report('basic_udi_di_gmn.json', cases.length, [])
    expect(cases.length).toBeGreaterThan(0)
  })
})

interface AgencyCase {
  id: string
  agency: string
  input: string
  expected: { di: string; lot?: string; serial?: string; expiry?: string; production?: string }
  gtinCheckOk?: boolean
}
const agencies = vectors<{ cases: AgencyCase[] }>('udi_agencies.json')

describe.skipIf(!agencies)('UDIs of GS1 as regulators print them', () => {
  const cases = agencies?.cases ?? []
  const gs1 = cases.filter(({ agency }) => agency === 'GS1')

  it.each(gs1)('$id $input', ({ input, expected, gtinCheckOk }) => {
    const parsed = parseUdi(input, 2020)
    expect(parsed.ok).toBe(gtinCheckOk)
    if (!parsed.ok) return
    const { di, lot, serial, made, expires } = parsed.udi
    expect({ di, lot, serial, expiry: expires?.date, production: made?.date }).toEqual({
      lot: undefined,
      serial: undefined,
      expiry: undefined,
      production: undefined,
      ...expected,
    })
  })

  it('says what is out of scope', () => {
    const why: Record<string, string> = {
      HIBCC: 'read beside other HIBC labels',
      ICCBBA: 'ISBT 128 marks blood and tissue, which nobody makes in orders',
    }
    const out = cases.filter((row) => !gs1.includes(row))
    report(
      'udi_agencies.json',
      cases.length,
      out.map(({ id, agency }) => ({ id, why: why[agency]! })),
    )
  })
})
