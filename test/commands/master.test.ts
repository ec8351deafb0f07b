import { expect, test } from 'vitest'
import { Equipment } from '#domain/equipment'
import { Item } from '#domain/item'
import { Partner } from '#domain/partner'
import { handler as defineEquipment } from '../../lambdas/master/define-equipment.ts'
import { handler as defineItem } from '../../lambdas/master/define-item.ts'
import { handler as defineLocation } from '../../lambdas/master/define-location.ts'
import { handler as definePartner } from '../../lambdas/master/define-partner.ts'
import { handler as defineSite } from '../../lambdas/master/define-site.ts'
import { handler as listItems } from '../../lambdas/master/list-items.ts'
import { handler as listLocations } from '../../lambdas/master/list-locations.ts'
import { handler as listPartners } from '../../lambdas/master/list-partners.ts'
import { handler as listSites } from '../../lambdas/master/list-sites.ts'
import { handler as recordCalibration } from '../../lambdas/master/record-calibration.ts'
import { handler as recordProcessChange } from '../../lambdas/master/record-process-change.ts'
import { handler as recordRepair } from '../../lambdas/master/record-repair.ts'
import { handler as reviseBom } from '../../lambdas/master/revise-bom.ts'
import { handler as showItem } from '../../lambdas/master/show-item.ts'
import { handler as showLocation } from '../../lambdas/master/show-location.ts'
import { handler as planOrder } from '../../lambdas/production/plan-order.ts'
import { Desk } from './desk.ts'

const pump = { code: 'PUMP-1', name: { en: 'Pump' }, kind: 'device', unit: 'each', tracking: 'lot' }
const valve = { ...pump, code: 'VALVE-1', kind: 'component' }
const site = { code: 'BER', name: 'Berlin plant', country: 'DE', timeZone: 'Europe/Berlin' }
const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id)

test('an item is found by its code, its GTIN in any printed length, and its kind', async () => {
  const desk = new Desk()
  const id = await desk.do(defineItem, { ...pump, gtin: '4012345678901' })
  await desk.do(defineItem, valve)
  expect(idsOf(await desk.ask(listItems, { code: 'PUMP-1' }))).toEqual([id])
  expect(idsOf(await desk.ask(listItems, { gtin: '04012345678901' }))).toEqual([id])
  expect(idsOf(await desk.ask(listItems, { kind: 'device' }))).toEqual([id])
  expect(await desk.ask(listItems, { code: 'PUMP-2' })).toEqual({ items: [] })
  expect(await desk.try(defineItem, pump)).toBe('already-exists')
  expect(await desk.try(defineItem, { ...pump, code: 'PUMP-2', gtin: '04012345678901' })).toBe('already-exists')
})

test('a list is asked in one of its ways', () => {
  const fields = (when: object) => listItems.input.safeParse(when).error?.issues.map(({ message }) => message)
  expect(fields({ kind: 'device' })).toBeUndefined()
  expect(fields({})).toEqual(['are found by kind, or by code, or by gtin; give that and nothing else'])
  expect(fields({ kind: 'device', code: 'PUMP-1' })).toHaveLength(1)
  expect(listLocations.input.safeParse({ code: 'A-01' }).success).toBe(false)
})

test('a wrong check digit or time zone is no item and no site', () => {
  expect(defineItem.input.safeParse({ ...pump, gtin: '4012345678902' }).success).toBe(false)
  expect(defineSite.input.safeParse({ ...site, timeZone: 'Europe/Atlantis' }).success).toBe(false)
})

test('a record shows its history, and where somebody forged it', async () => {
  const desk = new Desk()
  const itemId = await desk.do(defineItem, pump)
  const part = await desk.do(defineItem, valve)
  await desk.do(reviseBom, { itemId, revision: 'A', lines: [{ itemId: part, quantity: 2, unit: 'each' }] })
  const shown = await desk.ask(showItem, { itemId })
  expect(shown).toMatchObject({ id: itemId, intact: true, state: { code: 'PUMP-1' } })
  expect(shown.history.map(({ type }: { type: string }) => type)).toEqual(['ItemDefined', 'ItemBomRevised'])

  const key = `${Item.key}#${itemId}/FACT#000000000002`
  const fact = desk.table.items.get(key)
  desk.table.items.set(key, { ...fact, data: { ...fact.data, revision: 'Z' } })
  expect(await desk.ask(showItem, { itemId })).toMatchObject({ intact: false, brokenAt: 2 })
})

test('nothing is made of itself, however deep', async () => {
  const desk = new Desk()
  const items: string[] = []
  for (const n of [1, 2, 3, 4]) items.push(await desk.do(defineItem, { ...valve, code: `LEVEL-${n}` }))
  const line = (index: number) => ({ itemId: items[index]!, quantity: 1, unit: 'each' })
  for (const n of [0, 1, 2]) await desk.do(reviseBom, { itemId: items[n]!, revision: 'A', lines: [line(n + 1)] })
  expect(await desk.try(reviseBom, { itemId: items[3]!, revision: 'A', lines: [line(0)] })).toBe('bom-contains-itself')
  expect(await desk.try(reviseBom, { itemId: items[0]!, revision: 'A', lines: [line(3)] })).toBe('already-exists')
})

test('lists and records of another site stay closed', async () => {
  const desk = new Desk()
  const siteId = await desk.do(defineSite, site)
  const other = await desk.do(defineSite, { ...site, code: 'SHA' })
  const locationId = await desk.do(defineLocation, { siteId, code: 'A-01', name: 'Rack', zone: 'ambient' })
  await desk.do(defineLocation, { siteId: other, code: 'A-01', name: 'Rack', zone: 'ambient' })
  expect(idsOf(await desk.ask(listLocations, { siteId, code: 'A-01' }))).toEqual([locationId])
  expect(idsOf(await desk.ask(listLocations, { siteId }, [siteId]))).toEqual([locationId])
  expect(idsOf(await desk.ask(listLocations, { siteId }, [other]))).toEqual([])
  expect(idsOf(await desk.ask(listLocations, { siteId, code: 'A-01' }, [other]))).toEqual([])
  expect(await desk.ask(showLocation, { locationId }, [other])).toBe('site-foreign')
  expect(idsOf(await desk.ask(listSites, {}, [other]))).toEqual([other])
})

test('a partner that buys and supplies stands in both lists', async () => {
  const desk = new Desk()
  const contacts = [{ name: 'Office', email: 'office@acme.example' }]
  const partner = { name: 'Acme', language: 'en', country: 'DE', contacts }
  const both = await desk.do(definePartner, { ...partner, code: 'P-1', roles: ['supplier', 'customer'] })
  const buyer = await desk.do(definePartner, { ...partner, code: 'P-2', roles: ['customer'] })
  expect(idsOf(await desk.ask(listPartners, { role: 'supplier' }))).toEqual([both])
  expect(idsOf(await desk.ask(listPartners, { role: 'customer' }))).toEqual([both, buyer])
  expect(desk.state(Partner, buyer).contacts).toEqual(contacts)
})

test('a repaired gauge waits for its calibration, a failed one for a better', async () => {
  const desk = new Desk()
  const siteId = await desk.do(defineSite, site)
  const gauge = { siteId, code: 'SCALE-1', name: 'Scale', calibrateEveryDays: 365, calibrationDue: '2026-06-30' }
  const equipmentId = await desk.do(defineEquipment, gauge)
  const repair = {
    equipmentId,
    repairedAt: '2026-01-30T10:00:00Z',
    description: 'New load cell',
    needsCalibration: true,
  }
  await desk.do(recordRepair, repair)
  expect(desk.state(Equipment, equipmentId)).toMatchObject({ status: 'out-of-service', repairs: 1 })
  const check = { equipmentId, certificate: 'CAL-1', asFound: 'off by 1 g' }
  await desk.do(recordCalibration, { ...check, calibratedAt: '2026-01-31T10:00:00Z', passed: false })
  expect(desk.state(Equipment, equipmentId)).toMatchObject({ status: 'out-of-service', calibrationDue: '2026-06-30' })
  await desk.do(recordCalibration, { ...check, calibratedAt: '2026-02-01T10:00:00Z', passed: true })
  expect(desk.state(Equipment, equipmentId)).toMatchObject({ status: 'in-service', calibrationDue: '2027-02-01' })
})

test('a process change is an edge to orders and lots, and stands at its items', async () => {
  const desk = new Desk()
  const siteId = await desk.do(defineSite, site)
  const itemId = await desk.do(defineItem, pump)
  const plan = { number: 'PO-1', siteId, itemId, quantity: 5, unit: 'each', due: '2099-12-31' }
  const orderId = await desk.do(planOrder, plan)
  const change = { number: 'PC-1', title: 'New seal', reason: 'Fewer leaks', from: '2026-02-01T00:00:00Z' }
  const id = await desk.do(recordProcessChange, { ...change, itemIds: [itemId], orderIds: [orderId] })
  expect(desk.table.edges).toMatchObject([{ kind: 'change', from: id, to: orderId, stated: true, at: change.from }])
  expect(desk.state(Item, itemId).processChanges).toEqual([{ processChangeId: id, from: change.from }])
})
