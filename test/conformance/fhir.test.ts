import { describe, expect, test } from 'vitest'
import type { NoticeContent } from '../../lib/domain/notice-content.ts'
import { twinOf } from '../../lib/domain/notice-twin.ts'
import { parseUdi } from '../../lib/domain/udi.ts'
import { R4Device } from './fhir-device.ts'
import { vectors } from './vectors.ts'

interface Case {
  readonly id: string
  readonly resourceType: string
  readonly fhirVersion: string
  readonly resource: Record<string, unknown>
}

const devices = (vectors<{ cases: Case[] }>('fhir_resources.json')?.cases ?? []).filter(
  ({ resourceType, fhirVersion }) => resourceType === 'Device' && fhirVersion === '4.0.1',
)

describe('the schema of a FHIR R4 device', () => {
  test.skipIf(devices.length === 0)('takes every published example', () => {
    const refused = devices.flatMap(({ id, resource }) => {
      const found = R4Device.safeParse(resource)
      return found.success
        ? []
        : [`${id}: ${found.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)}`]
    })
    expect(refused).toEqual([])
    expect(devices.length).toBeGreaterThan(5)
  })

  const good = { resourceType: 'Device', deviceName: [{ name: 'Pump', type: 'user-friendly-name' }] }

  test.each([
    ['an element of another version', { displayName: 'Pump' }],
    ['a name without its kind', { deviceName: [{ name: 'Pump' }] }],
    ['a code of no list', { status: 'bogus' }],
    ['a day that is none', { expirationDate: '2027-13-01' }],
    ['text where a number must be text', { lotNumber: 7 }],
    ['empty text', { serialNumber: ' ' }],
  ])('refuses %s', (_, change) => {
    expect(R4Device.safeParse(good).success).toBe(true)
    expect(R4Device.safeParse({ ...good, ...change }).success).toBe(false)
  })
})

describe('the twin of a notice', () => {
  const goods = (more: object) => ({
    ...{ lotId: 'lot_1', code: 'PUMP-100', name: { en: 'Infusion pump', zh: '输液泵' }, number: 'L-2601' },
    ...{ quantity: 10, unit: 'each', ...more },
  })
  const udi = {
    ...{ di: '09506000117843', lot: 'L-2601', serial: 'SN7/1' },
    expires: { date: '2027-12-31', precision: 'day' },
  } as const
  const content = {
    ...{ noticeId: 'ntc_1', recallId: 'rcl_1', language: 'en', drill: false, urgent: true, role: 'customer' },
    ...{ attention: 'Ward', title: 'Leaks', reason: 'Seals', classes: [], update: false, date: '2026-03-01' },
    goods: [goods({}), goods({ serial: 'SN7/1', expires: '2027-12-31', udi })],
  } as unknown as NoticeContent
  const twin = twinOf(content)

  test('is a collection of FHIR R4 devices, one for each of its goods', () => {
    expect(twin.devices).toMatchObject({ resourceType: 'Bundle', type: 'collection' })
    expect(twin.devices.entry.map(({ resource }) => R4Device.parse(JSON.parse(JSON.stringify(resource))))).toHaveLength(
      2,
    )
  })

  test('names the device identifier by its issuer, and what a scanner reads beside it', () => {
    const [carrier] = twin.devices.entry[1]!.resource.udiCarrier!
    expect(carrier).toMatchObject({
      deviceIdentifier: '09506000117843',
      issuer: 'http://hl7.org/fhir/NamingSystem/gs1-di',
    })
    expect(parseUdi(carrier!.carrierHRF, 2026)).toMatchObject({
      ok: true,
      udi: { di: '09506000117843', lot: 'L-2601' },
    })
    expect(twin.goods[1]!.digitalLink).toBe('https://id.gs1.org/01/09506000117843/10/L-2601/21/SN7%2F1?17=271231')
  })
})
