import { Complaint } from '#domain/complaint'
import { Partner } from '#domain/partner'
import { listRecords } from '#kit'

export const handler = listRecords(Complaint, 'complaints', {
  worklist: { status: Complaint.schema.shape.status },
  group: { customerId: Partner.id },
})
