import { Partner } from '#domain/partner'
import { PurchaseOrder } from '#domain/purchase-order'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(PurchaseOrder, 'purchase-orders', {
  worklist: { status: PurchaseOrder.schema.shape.status },
  group: { supplierId: Partner.id },
  keys: { number: { number: Code } },
})
