import * as z from 'zod'
import { DeliveryLine, deliveryRefusals, lineRefusal } from '#domain/delivery'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Item } from '#domain/item'
import { Location, storageRefusals, storageUnfit } from '#domain/location'
import { Lot, LotReceived, LotReleased } from '#domain/lot'
import { Partner, partnerRefusals, roleMissing } from '#domain/partner'
import { deliveryMismatch, matchRefusals, PurchaseOrder, PurchaseOrderReceived } from '#domain/purchase-order'
import { identify, SupplierLot, SupplierLotNamed } from '#domain/supplier-lot'
import { command } from '#kit'

const supplier = Partner.like({ code: 'S-100', name: 'Acme Resins', roles: ['supplier'] })
const line = { itemId: Item.sample(), number: 'L-2601', supplierLot: 'ACME 7/3', quantity: 40, unit: 'each' } as const
const delivery = { supplierId: Partner.sample(), locationId: Location.sample(), lines: [line] }
const against = { ...delivery, purchaseOrderId: PurchaseOrder.sample() }
const given = { supplier, location: Location.like(), items: [Item.like()] }

const Delivery = z.strictObject({
  supplierId: Partner.id,
  purchaseOrderId: PurchaseOrder.id.optional(),
  locationId: Location.id,
  lines: z
    .array(DeliveryLine.extend({ itemId: Item.id }))
    .min(1)
    .max(11),
  happenedAt: HappenedAt,
})

/** The supplier's own lots that a delivery brings, line by line. */
const suppliedIn = ({ supplierId, lines }: z.infer<typeof Delivery>) =>
  lines.map(({ supplierLot }) => (supplierLot === undefined ? undefined : { supplierId, number: supplierLot }))

export const handler = command({
  summary: 'Take in a delivery, with or without a purchase order; each lot is born in quarantine.',
  route: 'POST /deliveries',
  roles: ['warehouse', 'purchasing'],
  input: Delivery,
  reads: {
    supplier: Partner.at('supplierId'),
    order: PurchaseOrder.at('purchaseOrderId').optional(),
    location: Location.at('locationId'),
    items: Item.at('lines[].itemId'),
    supplierLots: SupplierLot.by('number', suppliedIn).orAbsent(),
  },
  emits: [LotReceived, LotReleased, PurchaseOrderReceived, SupplierLotNamed],
  refuses: { ...partnerRefusals, ...storageRefusals, ...deliveryRefusals, ...matchRefusals, ...happenedRefusals },
  decide: ({ supplier, order, location, items, supplierLots }, input, { now, actor, newId }) => {
    const { lines, ...delivery } = input
    const wrong =
      roleMissing(supplier, 'supplier') ??
      notYet(input.happenedAt, now) ??
      items
        .map((item, index) => lineRefusal(item, lines[index]!, now) ?? storageUnfit(item, location))
        .find((refusal) => refusal !== undefined) ??
      (order && deliveryMismatch(order, { supplierId: supplier.id, siteId: location.siteId, lines, items }))
    if (wrong) return wrong
    const supplied = identify(suppliedIn(input), supplierLots, () => newId(SupplierLot))
    const lots = lines.map((line, n) => ({ ...line, ...delivery, supplierLotId: supplied.ids[n], lotId: newId(Lot) }))
    return [
      ...lots.map((lot) => LotReceived({ ...lot, receivedBy: actor.sub, receivedAt: lot.happenedAt ?? now })),
      // Nobody inspects what is not tracked: it may be used at once.
      ...lots
        .filter((_, index) => items[index]!.tracking === 'none')
        .map(({ lotId }) => LotReleased({ lotId, releasedBy: actor.sub })),
      ...(order ? [PurchaseOrderReceived({ purchaseOrderId: order.id, received: lots })] : []),
      ...supplied.facts,
    ]
  },
  examples: [
    {
      name: 'part of an order comes',
      given: { ...given, order: PurchaseOrder.like() },
      when: against,
      then: ['LotReceived', 'PurchaseOrderReceived', 'SupplierLotNamed'],
    },
    {
      name: 'cold goods come without an order, into the cold room',
      given: {
        supplier,
        location: Location.like({ zone: 'cold', storage: { minC: 3, maxC: 7 } }),
        items: [Item.like({ shelfLifeDays: 36500, storage: { minC: 2, maxC: 8 } })],
      },
      when: { ...delivery, lines: [{ ...line, expires: '2099-12-31' }] },
      then: ['LotReceived', 'SupplierLotNamed'],
    },
    {
      name: 'wipes are not tracked and may be used at once',
      given: { ...given, items: [Item.like({ tracking: 'none', kind: 'material' })] },
      when: { ...delivery, lines: [{ ...line, supplierLot: undefined }] },
      then: ['LotReceived', 'LotReleased'],
    },
    {
      name: 'one unit with its serial number',
      given: { ...given, items: [Item.like({ tracking: 'serial' })] },
      when: { ...delivery, lines: [{ ...line, serial: 'SN-77', quantity: 1 }] },
      then: ['LotReceived', 'SupplierLotNamed'],
    },
    {
      name: 'more comes of a supplier lot that is known',
      given: { ...given, supplierLots: [{ id: SupplierLot.sample(), ...SupplierLot.like() }] },
      when: delivery,
      then: ['LotReceived'],
    },
    {
      name: 'a serial number is missing',
      given: { ...given, items: [Item.like({ tracking: 'serial' })] },
      when: delivery,
      then: { refused: 'tracking-mismatch' },
    },
    {
      name: 'a lot without the number of its supplier',
      given,
      when: { ...delivery, lines: [{ ...line, supplierLot: undefined }] },
      then: { refused: 'supplier-lot-missing' },
    },
    {
      name: 'a shelf life without an expiry',
      given: { ...given, items: [Item.like({ shelfLifeDays: 365 })] },
      when: delivery,
      then: { refused: 'expiry-missing' },
    },
    {
      name: 'expired goods are not taken in',
      given,
      when: { ...delivery, lines: [{ ...line, expires: '2020-01-31' }] },
      then: { refused: 'goods-expired' },
    },
    {
      name: 'an expiry beyond the shelf life is a misread label',
      given: { ...given, items: [Item.like({ shelfLifeDays: 365 })] },
      when: { ...delivery, lines: [{ ...line, expires: '2099-12-31' }] },
      then: { refused: 'expiry-implausible' },
    },
    {
      name: 'half a piece',
      given,
      when: { ...delivery, lines: [{ ...line, quantity: 2.5 }] },
      then: { refused: 'quantity-not-whole' },
    },
    {
      name: 'cold goods do not go into an aisle',
      given: { ...given, items: [Item.like({ storage: { minC: 2, maxC: 8 } })] },
      when: delivery,
      then: { refused: 'storage-unfit' },
    },
    {
      name: 'a hospital does not supply',
      given: { ...given, supplier: Partner.like() },
      when: delivery,
      then: { refused: 'partner-role-missing' },
    },
    {
      name: 'the order went to another supplier',
      given: { ...given, order: PurchaseOrder.like({ supplierId: Partner.sample(2) }) },
      when: against,
      then: { refused: 'ordered-elsewhere' },
    },
    {
      name: 'the order belongs to another site than the location',
      given: {
        ...given,
        order: PurchaseOrder.like(),
        location: Location.like({ siteId: 'sit_00000000000000000000000002' }),
      },
      when: against,
      then: { refused: 'delivered-elsewhere' },
    },
    {
      name: 'the order is closed',
      given: { ...given, order: PurchaseOrder.like({ status: 'closed' }) },
      when: against,
      then: { refused: 'purchase-order-closed' },
    },
    {
      name: 'the item is not on the order',
      given: { ...given, order: PurchaseOrder.like() },
      when: { ...against, lines: [{ ...line, itemId: Item.sample(2) }] },
      then: { refused: 'item-not-ordered' },
    },
    {
      name: 'more comes than was ordered',
      given: { ...given, order: PurchaseOrder.like() },
      when: { ...against, lines: [{ ...line, quantity: 101 }] },
      then: { refused: 'delivery-exceeds-order' },
    },
  ],
})
