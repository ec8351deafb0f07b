import { Technician } from '#domain/technician'
import { Code } from '#domain/values'
import { listRecords } from '#kit'

export const handler = listRecords(Technician, 'technicians', {
  worklist: { status: Technician.schema.shape.status },
  keys: { code: { code: Code } },
})
