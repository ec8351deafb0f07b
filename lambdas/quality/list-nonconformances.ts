import { Nonconformance } from '#domain/nonconformance'
import { listRecords } from '#kit'

export const handler = listRecords(Nonconformance, 'nonconformances', {
  worklist: { status: Nonconformance.schema.shape.status },
})
