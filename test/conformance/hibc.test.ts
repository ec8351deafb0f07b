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
  readonly expected: { lic: string; product: string; lot?: string; serial?: string; data?: string; check?: string }
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
    const { lic, product, lot, serial } = expected
    const known = Object.fromEntries(Object.entries({ lot, serial }).filter(([, value]) => value))
    expect(read.hibc, `${id}: ${input}`).toEqual({ di: lic + product, ...known })
  }
})

test.runIf(file)('the check character is the sum modulo 43', () => {
  const checks = file!.cases.filter(({ op, valid, expected }) => op === 'checkchar' && valid && expected.data)
  expect(checks.length).toBeGreaterThan(3)
  for (const { input } of checks) expect(hibcCheck(String(input).slice(0, -1))).toBe(String(input).at(-1))
})
