import { expect, test } from 'vitest'
import { hibcCheck, parseHibc } from '../../lib/domain/hibc.ts'
import { vectors } from './vectors.ts'

interface Case {
  readonly id: string
  readonly op: string
  readonly form: string
  readonly input: string | string[]
  readonly inputWithCheck?: string
  readonly valid: boolean
  readonly checkIsPlaceholder?: boolean
  readonly expected: {
    lic: string
    product: string
    unitOfMeasure: number
    lot?: string
    serial?: string
    data?: string
    check?: string
  }
}

const file = vectors<{ cases: Case[] }>('hibc.json')
// Two symbols of one label are two scans; one scan is what is read here.
const labels = file?.cases.filter(({ op, form }) => op !== 'checkchar' && (form === '2D' || form === '1D')) ?? []

test.runIf(file)('labels of one symbol are read, and those with a wrong check character are not', () => {
  expect(labels.length).toBeGreaterThan(25)
  for (const { id, input, inputWithCheck, valid, expected } of labels) {
    const read = parseHibc(inputWithCheck ?? String(input))
    expect(read.ok, `${id}: ${input}`).toBe(valid)
    if (!read.ok) continue
    const { lic, product, unitOfMeasure, lot, serial } = expected
    const known = Object.fromEntries(Object.entries({ lot, serial }).filter(([, value]) => value))
    expect(read.hibc, `${id}: ${input}`).toEqual({ di: lic + product + unitOfMeasure, ...known })
  }
})

test.runIf(file)('the check character is the sum modulo 43', () => {
  const checks = file!.cases.filter(({ op, valid, expected }) => op === 'checkchar' && valid && expected.data)
  expect(checks.length).toBeGreaterThan(3)
  for (const { input } of checks) expect(hibcCheck(String(input).slice(0, -1))).toBe(String(input).at(-1))
})

interface Sample {
  readonly agency: string
  readonly input: string
  readonly mod43: { readonly ok: boolean; readonly computed: string }
  readonly expected: { lic: string; product: string; unitOfMeasure: number; lot?: string; serial?: string }
}
const samples = vectors<{ cases: Sample[] }>('udi_agencies.json')

test.runIf(samples)('labels as regulators print them are read where their check character is right', () => {
  const own = samples!.cases.filter(({ agency }) => agency === 'HIBCC')
  expect(own.length).toBeGreaterThan(0)
  for (const { input, mod43, expected } of own) {
    expect(parseHibc(input).ok, input).toBe(mod43.ok)
    const { lic, product, unitOfMeasure, lot, serial } = expected
    const known = Object.fromEntries(Object.entries({ lot, serial }).filter(([, value]) => value))
    expect(parseHibc(input.slice(0, -1) + mod43.computed), input).toEqual({
      ok: true,
      hibc: { di: lic + product + unitOfMeasure, ...known },
    })
  }
})

const published = vectors<{ cases: { di: string; agency: string }[] }>('gudid_identifiers.json')

// GUDID keeps them as labelers gave them: some with the check character of their label.
test.runIf(published)('the identifiers that GUDID publishes are those of labels', () => {
  const own = published!.cases.filter(({ agency }) => agency === 'HIBCC').map(({ di }) => di)
  expect(own.length).toBeGreaterThan(0)
  for (const di of own) {
    const whole = parseHibc(`+${di}`)
    const read = whole.ok ? whole : parseHibc(`+${di}${hibcCheck(`+${di}`)}`)
    expect(read, di).toEqual({ ok: true, hibc: { di: whole.ok ? di.slice(0, -1) : di } })
  }
})
