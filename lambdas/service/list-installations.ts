import { Installation } from '#domain/installation'
import { Partner } from '#domain/partner'
import { listRecords } from '#kit'

export const handler = listRecords(Installation, 'installations', {
  worklist: { status: Installation.schema.shape.status },
  group: { customerId: Partner.id },
})
