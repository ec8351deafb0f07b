import { factOf } from './api.ts'
import { type Day, dayIn } from './day.ts'
import { type Delivery, deliveries, site } from './plan.ts'
import { inspectAndRelease } from './quality.ts'

/** Orders from five suppliers; what comes is received, inspected, released by another person and put away. */
export async function receiving(day: Day): Promise<string> {
  const bySupplier = Map.groupBy(deliveries, ({ supplier }) => supplier)
  await Promise.all([...bySupplier].map(([supplier, expected]) => orderAndReceive(day, supplier, expected)))
  await Promise.all(deliveries.map((one) => (one.defect ? turnDown(day, one, one.defect) : putAway(day, one))))
  return `${deliveries.length} lots of ${bySupplier.size} suppliers, one turned down`
}

async function orderAndReceive(day: Day, supplier: string, expected: readonly Delivery[]): Promise<void> {
  const { ids, people } = day
  const number = `PO-${supplier.slice(2)}`
  const [order] = await people.buyer.does('placePurchaseOrder', number, {
    number,
    supplierId: ids.of(supplier),
    siteId: ids.of(site.code),
    lines: [...Map.groupBy(expected, ({ item }) => item)].map(([item, lots]) => ({
      ...{ itemId: ids.of(item), unit: 'each', due: dayIn(day, 0) },
      quantity: lots.reduce((sum, { quantity }) => sum + quantity, 0),
    })),
  })
  // One after the other, as the vans come.
  for (const { lot, item, supplierLot, quantity, store } of expected) {
    const facts = await people.receiver.does('receiveGoods', lot, {
      supplierId: ids.of(supplier),
      purchaseOrderId: order!.id,
      locationId: ids.of(store === 'COLD-1' ? store : 'RECEIVING'),
      lines: [
        {
          ...{ itemId: ids.of(item), number: lot, supplierLot, quantity, unit: 'each' },
          expires: store === 'COLD-1' ? dayIn(day, 500) : undefined,
        },
      ],
    })
    ids.keep(lot, factOf(facts, 'LotReceived').id)
  }
}

async function putAway(day: Day, { lot, quantity, sample, store }: Delivery): Promise<void> {
  const { ids, people } = day
  const arrived = store === 'COLD-1' ? store : 'RECEIVING'
  const used = { quantity: sample, unit: 'each', locationId: ids.of(arrived) }
  await inspectAndRelease(day, lot, 'Incoming inspection', sample > 0 ? { sample: used } : {})
  if (arrived === store) return
  await people.storekeeper.does('moveStock', lot, {
    ...{ lotId: ids.of(lot), from: ids.of(arrived), to: ids.of(store) },
    ...{ quantity: quantity - sample, unit: 'each' },
  })
}

async function turnDown(day: Day, { lot, quantity }: Delivery, defect: string): Promise<void> {
  const { ids, people } = day
  const lotId = ids.of(lot)
  await people.inspector.does('inspectLot', lot, {
    lotId,
    results: [{ characteristic: 'Sealing face', found: defect, passed: false }],
  })
  await people.releaser.does('rejectLot', lot, { lotId, reason: defect })
  await people.storekeeper.does('scrapStock', lot, {
    ...{ lotId, locationId: ids.of('RECEIVING'), quantity, unit: 'each' },
    reason: `Rejected: ${defect}`,
  })
}
