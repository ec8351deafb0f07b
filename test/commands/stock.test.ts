import { beforeEach, describe, expect, test } from 'vitest'
import { Equipment } from '#domain/equipment'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import { Partner } from '#domain/partner'
import { PurchaseOrder } from '#domain/purchase-order'
import { Shipment } from '#domain/shipment'
import { Site } from '#domain/site'
import { SupplierLot } from '#domain/supplier-lot'
import { handler as confirmDelivery } from '../../lambdas/logistics/confirm-delivery.ts'
import { handler as returnGoods } from '../../lambdas/logistics/return-goods.ts'
import { handler as shipGoods } from '../../lambdas/logistics/ship-goods.ts'
import { handler as recordProcessChange } from '../../lambdas/master/record-process-change.ts'
import { handler as recordRepair } from '../../lambdas/master/record-repair.ts'
import { handler as placePurchaseOrder } from '../../lambdas/procurement/place-purchase-order.ts'
import { handler as receiveGoods } from '../../lambdas/procurement/receive-goods.ts'
import { handler as countStock } from '../../lambdas/warehouse/count-stock.ts'
import { handler as listItemStock } from '../../lambdas/warehouse/list-item-stock.ts'
import { handler as listLocationStock } from '../../lambdas/warehouse/list-location-stock.ts'
import { handler as listLots } from '../../lambdas/warehouse/list-lots.ts'
import { handler as mergeLots } from '../../lambdas/warehouse/merge-lots.ts'
import { handler as moveStock } from '../../lambdas/warehouse/move-stock.ts'
import { handler as showLot } from '../../lambdas/warehouse/show-lot.ts'
import { handler as showMassBalance } from '../../lambdas/warehouse/show-mass-balance.ts'
import { handler as splitLot } from '../../lambdas/warehouse/split-lot.ts'
import type { Command } from '../../lib/kit/command.ts'
import { keys } from '../../lib/kit/keys.ts'
import { Desk } from './desk.ts'

const [pump, wipes] = [Item.sample(1), Item.sample(2)]
const [shelf, cage] = [Location.sample(1), Location.sample(2)]
const [supplierId, customerId] = [Partner.sample(1), Partner.sample(2)]
const lotId = Lot.sample()

let desk: Desk
beforeEach(() => {
  desk = new Desk()
  const { table } = desk
  table.given(Site, { id: Site.sample(), ...Site.like() })
  table.given(Item, { id: pump, ...Item.like() })
  table.given(Item, { id: wipes, ...Item.like({ code: 'WIPES', tracking: 'none', kind: 'material' }) })
  table.given(Location, { id: shelf, ...Location.like() })
  table.given(Location, { id: cage, ...Location.like({ code: 'CAGE', zone: 'quarantine' }) })
  table.given(Partner, { id: supplierId, ...Partner.like({ roles: ['supplier'] }) })
  table.given(Partner, { id: customerId, ...Partner.like() })
  table.given(Equipment, { id: Equipment.sample(), ...Equipment.like() })
  released(1)
})

/** The n-th released lot of a hundred pumps on the shelf. */
function released(n: number, changes: Parameters<typeof Lot.like>[0] = {}) {
  const id = Lot.sample(n)
  desk.table.given(Lot, { id, ...Lot.like({ number: `L-${n}`, ...changes }) })
  desk.table.givenStock(id, pump, shelf, 100)
  return id
}

const shipped = async (quantity: number) => {
  const line = { lotId, locationId: shelf, quantity, unit: 'each' }
  const shipmentId = await desk.do(shipGoods, { number: `SH-${quantity}`, customerId, lines: [line] })
  await desk.do(confirmDelivery, { shipmentId, receivedBy: 'Pharmacy' })
  return shipmentId
}

test('an order is received in parts, across its lines, until it is complete', async () => {
  const lines = [
    { itemId: pump, quantity: 30, unit: 'each' },
    { itemId: pump, quantity: 20, unit: 'each' },
  ]
  const order = { number: 'PO-1', supplierId, siteId: Site.sample(), lines }
  const purchaseOrderId = await desk.do(placePurchaseOrder, order)
  const deliver = (number: string, quantity: number) =>
    desk.try(receiveGoods, {
      ...{ supplierId, purchaseOrderId, locationId: shelf },
      lines: [{ itemId: pump, number, supplierLot: 'S 1', quantity, unit: 'each' }],
    })
  await deliver('R-1', 40)
  expect(desk.state(PurchaseOrder, purchaseOrderId)).toMatchObject({
    ...{ status: 'partly-received', lines: [{ received: 30 }, { received: 10 }] },
  })
  expect(await deliver('R-2', 11)).toBe('delivery-exceeds-order')
  await deliver('R-3', 10)
  expect(desk.state(PurchaseOrder, purchaseOrderId).status).toBe('received')
})

test('what comes is in quarantine with an edge to its supplier; what is not tracked may be used at once', async () => {
  const facts = await desk.try(receiveGoods, {
    ...{ supplierId, locationId: shelf },
    lines: [
      { itemId: pump, number: 'R-1', supplierLot: 'S 1', quantity: 5, unit: 'each' },
      { itemId: wipes, number: 'W-1', quantity: 100, unit: 'each' },
    ],
  })
  const [pumps, cloths] = [facts[0], facts[1]].map((fact: any) => fact.entityId)
  expect(desk.state(Lot, pumps).status).toBe('quarantine')
  expect(desk.state(Lot, cloths).status).toBe('released')
  expect(desk.table.edges.map(({ from, to, party }) => [from, to, party])).toEqual([
    [(await desk.table.owner(SupplierLot, 'number', `${supplierId} S 1`))!, pumps, supplierId],
  ])
})

test('a part that is split off keeps hold, producer and expiry, and the whole says where it went', async () => {
  const held = released(2, { status: 'held', heldFrom: 'released', hold: 'Particles', expires: '2099-12-31' })
  await desk.do(splitLot, { lotId: held, locationId: shelf, number: 'L-2-B', quantity: 30, unit: 'each' })
  const found = await desk.ask(listLots, { itemId: pump, number: 'L-2-B' })
  const [{ id, state }] = found.items
  expect(state).toMatchObject({ status: 'held', heldFrom: 'released', hold: 'Particles', quantity: 30 })
  expect(state).toMatchObject({ bornBy: 'usr-receiver', expires: '2099-12-31' })
  expect(await desk.places(held)).toEqual({ [shelf]: 70, [id]: 30 })
  expect(await desk.ask(showMassBalance, { lotId: held })).toMatchObject({ onHand: 70, passedOn: 30, balanced: true })
  expect(desk.table.edges).toMatchObject([{ kind: 'split', from: held, to: id, quantity: 30, unit: 'each' }])
})

test('a merged lot expires with the first of its parts', async () => {
  const parts = [released(2, { expires: '2099-12-31' }), released(3, { expires: '2098-06-30' }), lotId].map((id) => ({
    ...{ lotId: id, locationId: shelf, quantity: 10, unit: 'each' },
  }))
  await desk.do(mergeLots, { number: 'M-1', locationId: shelf, parts })
  const [{ state }] = (await desk.ask(listLots, { itemId: pump, number: 'M-1' })).items
  expect(state).toMatchObject({ status: 'released', quantity: 30, expires: '2098-06-30' })
})

test('what comes back waits for quality, and only what was shipped comes back', async () => {
  const shipmentId = await shipped(10)
  expect(await desk.places(lotId)).toEqual({ [shelf]: 90, [customerId]: 10 })
  const back = (quantity: number) => ({
    ...{ shipmentId, locationId: cage, reason: 'No alarm', lines: [{ lotId, quantity, unit: 'each' }] },
  })
  await desk.do(returnGoods, back(4))
  expect(desk.state(Lot, lotId)).toMatchObject({ status: 'quarantine', inspections: [] })
  expect(await desk.places(lotId)).toEqual({ [shelf]: 90, [customerId]: 6, [cage]: 4 })
  expect(await desk.try(returnGoods, back(7))).toBe('return-exceeds-shipment')
  expect(desk.state(Shipment, shipmentId).lines).toMatchObject([{ quantity: 10, returned: 4 }])
  expect(desk.table.edges.map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['ship', lotId, shipmentId],
    ['return', shipmentId, lotId],
  ])
})

test('a count that finds less leaves it unexplained, one that finds it again settles it', async () => {
  const count = (counted: number) => desk.do(countStock, { lotId, locationId: shelf, counted, unit: 'each' })
  await count(97)
  expect(await desk.ask(showMassBalance, { lotId })).toMatchObject({ onHand: 97, unexplained: 3, balanced: true })
  await count(102)
  expect(await desk.ask(showMassBalance, { lotId })).toMatchObject({ onHand: 102, unexplained: -2 })
  await count(100)
  expect(await desk.places(lotId)).toEqual({ [shelf]: 100 })
  const { history, intact, places } = await desk.ask(showLot, { lotId })
  expect(history.map(({ data }: any) => data.difference)).toEqual([-3, 5, -2])
  expect({ intact, places }).toEqual({ intact: true, places: [{ place: shelf, kind: 'onHand', quantity: 100 }] })
})

test('stock is listed by location and by item', async () => {
  await desk.do(moveStock, { lotId, from: shelf, to: cage, quantity: 25, unit: 'each' })
  const inCage = { lotId, itemId: pump, place: cage, quantity: 25 }
  expect(await desk.ask(listLocationStock, { locationId: cage })).toEqual({ items: [inCage] })
  expect((await desk.ask(listItemStock, { itemId: pump })).items).toEqual([
    { ...inCage, place: shelf, quantity: 75 },
    inCage,
  ])
})

test('a repeated request is answered again and done once', async () => {
  const move = { lotId, from: shelf, to: cage, quantity: 25, unit: 'each' }
  await desk.do(moveStock, move, { key: 'move-1' })
  await desk.try(moveStock, move, { key: 'move-1' })
  expect(await desk.places(lotId)).toEqual({ [shelf]: 75, [cage]: 25 })
  expect(await desk.try(moveStock, { ...move, quantity: 1 }, { key: 'move-1' })).toBe('key-reused')
})

test('a recalled lot is neither moved, shipped, split, merged nor built in, but counted and taken back', async () => {
  const shipmentId = await shipped(10)
  desk.table.mark('rec_1', [lotId])
  const part = { lotId, locationId: shelf, quantity: 1, unit: 'each' }
  const other = { ...part, lotId: released(2) }
  const repair = { equipmentId: Equipment.sample(), repairedAt: '2026-01-31T10:00:00Z', description: 'New seal' }
  const refused = await Promise.all([
    desk.try(moveStock, { lotId, from: shelf, to: cage, quantity: 1, unit: 'each' }),
    desk.try(shipGoods, { number: 'SH-2', customerId, lines: [part] }),
    desk.try(splitLot, { ...part, number: 'X-1' }),
    desk.try(mergeLots, { number: 'X-2', locationId: shelf, parts: [other, part] }),
    desk.try(recordRepair, { ...repair, parts: [part] }),
  ])
  expect(refused).toEqual(Array(5).fill('stock-frozen'))
  await desk.do(countStock, { lotId, locationId: shelf, counted: 90, unit: 'each' })
  await desk.do(returnGoods, {
    shipmentId,
    locationId: cage,
    reason: 'Recall',
    lines: [{ lotId, quantity: 10, unit: 'each' }],
  })
  expect(await desk.places(lotId)).toEqual({ [shelf]: 90, [cage]: 10 })
})

describe('the longest list fits into one transaction of 100 items:', () => {
  /** Lines on lots and locations of their own: the worst case. */
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const [id, locationId] = [released(10 + index), Location.sample(10 + index)]
      desk.table.given(Location, { id: locationId, ...Location.like({ code: `B-${index}` }) })
      desk.table.givenStock(id, pump, locationId, 100)
      return { lotId: id, locationId, quantity: 1, unit: 'each' }
    })
  const sizeOf = async (spec: Command, when: object) => {
    await desk.do(spec, when, { key: 'largest' })
    return desk.sizes.at(-1)
  }
  const repair = { equipmentId: Equipment.sample(), repairedAt: '2026-01-31T10:00:00Z', description: 'New seals' }
  const change = { number: 'PC-1', title: 'New seal', reason: 'Fewer leaks', from: '2026-02-01T00:00:00Z' }

  test('a shipment, its delivery and its return', async () => {
    const lines = many(20)
    expect(await sizeOf(shipGoods, { number: 'SH-1', customerId, lines })).toBeLessThanOrEqual(100)
    const { items } = await desk.table.list('group', Shipment, customerId)
    const shipmentId = items[0]!.id
    await desk.do(confirmDelivery, { shipmentId, receivedBy: 'Pharmacy' })
    expect(desk.sizes.at(-1)).toBeLessThanOrEqual(100)
    const back = lines.map(({ locationId: _, ...line }) => line)
    await desk.do(returnGoods, { shipmentId, locationId: cage, reason: 'Recall', lines: back }, { key: 'return' })
    expect(desk.sizes.at(-1)).toBeLessThanOrEqual(100)
  })

  test('a merge', async () =>
    expect(await sizeOf(mergeLots, { number: 'M-1', locationId: cage, parts: many(10) })).toBeLessThanOrEqual(100))

  test('a repair', async () =>
    expect(await sizeOf(recordRepair, { ...repair, parts: many(20) })).toBeLessThanOrEqual(100))

  test('a process change', async () => {
    const itemIds = Array.from({ length: 10 }, (_, index) => Item.sample(50 + index))
    for (const id of itemIds) desk.table.given(Item, { id, ...Item.like() })
    const orderIds = Array.from({ length: 20 }, (_, index) => Order.sample(50 + index))
    for (const id of orderIds) desk.table.given(Order, { id, ...Order.like() })
    const lotIds = many(40).map((line) => line.lotId)
    expect(await sizeOf(recordProcessChange, { ...change, itemIds, orderIds, lotIds })).toBeLessThanOrEqual(100)
  })

  test.each([
    ['nobody named before', false],
    ['under recall: each lot is born frozen', true],
  ])('a delivery for an order, of supplier lots %s', async (_, recalled) => {
    const lines = Array.from({ length: 11 }, (_, index) => {
      const itemId = Item.sample(50 + index)
      desk.table.given(Item, { id: itemId, ...Item.like({ tracking: 'serial' }) })
      return { itemId, quantity: 1, unit: 'each' }
    })
    for (const [index] of recalled ? lines.entries() : []) {
      const state = { supplierId, number: `S ${index}` }
      desk.table.given(SupplierLot, { id: SupplierLot.sample(index), ...state })
      desk.table.items.set(
        keys.unique(SupplierLot, 'number', SupplierLot.unique.number!(state)!),
        SupplierLot.sample(index),
      )
      desk.table.mark('rec_1', [SupplierLot.sample(index)])
    }
    const order = { number: 'PO-9', supplierId, siteId: Site.sample(), lines }
    const purchaseOrderId = await desk.do(placePurchaseOrder, order)
    const units = lines.map((line, n) => ({ ...line, number: `R-${n}`, serial: `SN-${n}`, supplierLot: `S ${n}` }))
    const delivery = { supplierId, purchaseOrderId, locationId: shelf, lines: units }
    expect(await sizeOf(receiveGoods, delivery)).toBeLessThanOrEqual(100)
    const born = (await desk.table.list('worklist', Lot, 'quarantine')).items.map(({ id }) => id)
    expect([born.length, (await desk.table.freeze(born)).recalls.size]).toEqual([11, recalled ? 11 : 0])
  })
})
