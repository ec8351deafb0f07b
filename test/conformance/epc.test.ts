import { expect, test } from 'vitest'
import { isEpc, readEpc } from '../../lib/domain/epc.ts'
import { vectors } from './vectors.ts'

// Examples of GS1's Tag Data Standard, as tag memory and as URIs.
test.each([
  ['3074257BF7194E4000001A85', { gtin: '80614141123458', serial: '6789' }],
  ['urn:epc:tag:sgtin-96:3.0614141.812345.6789', { gtin: '80614141123458', serial: '6789' }],
  ['3674257BF6B7A659B2C2BF1000000000000000000000000000', { gtin: '70614141123451', serial: '32a/b' }],
  ['urn:epc:tag:sgtin-198:3.0614141.712345.32a%2Fb', { gtin: '70614141123451', serial: '32a/b' }],
  ['3174257BF4499602D2000000', { sscc: '106141412345678908' }],
  ['urn:epc:id:sscc:0614141.1234567890', { sscc: '106141412345678908' }],
] as const)('the tag %s is read', (code, named) => {
  expect(isEpc(code)).toBe(true)
  expect(readEpc(code)).toEqual(named)
})

const recorded = vectors<{ cases: { input: string; expected: string; valid: boolean }[] }>('epc_urn_digital_link.json')

test.skipIf(!recorded)('units and packs named by URI are those of the canonical digital link', () => {
  const goods = recorded!.cases.filter(({ input, valid }) => valid && /^urn:epc:id:(sgtin|sscc):/.test(input))
  expect(goods).toHaveLength(3)
  for (const { input, expected } of goods) {
    const [, sscc, gtin, serial = ''] = /\/(?:00\/(\d{18})|01\/(\d{14})\/21\/(.+))$/.exec(expected)!
    expect(readEpc(input), input).toEqual(sscc ? { sscc } : { gtin, serial: decodeURIComponent(serial) })
  }
})

test.each([
  '30FFFFFFFFFFFFFFFFFFFFFF',
  '36143639F84191AD22901607003000000000000000000000000',
  'urn:epc:id:sgln:4012345.00005.122',
  'urn:epc:id:sgtin:0614141.812345',
  'urn:epc:id:sgtin:0614141.812345.%ZZ',
  'urn:epc:tag:sgtin-96:3.0614141',
])('%s is refused with the reason', (code) => {
  expect(readEpc(code)).toEqual({ why: expect.stringMatching(/serial number|neither an SGTIN nor an SSCC/) })
})

test('a bar code is no tag', () => {
  for (const code of ['0104012345678901101234567', '(01)04012345678901(10)L-1', ']d20104012345678901', '+A999PUMP1/$L'])
    expect(isEpc(code)).toBe(false)
})
