import { Partner } from '#domain/partner'
import { Shipment } from '#domain/shipment'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Shipment, 'shipments', {
  worklist: { status: Shipment.schema.shape.status },
  group: { customerId: Partner.id },
  keys: { number: { number: Code } },
})
