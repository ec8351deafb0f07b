import * as z from 'zod'
import { Device } from '#domain/device'
import { Equipment } from '#domain/equipment'
import { Lot } from '#domain/lot'
import { ServiceOrder } from '#domain/service-order'
import { listRecords } from '#kit'

export const handler = listRecords(ServiceOrder, 'service-orders', {
  worklist: { status: ServiceOrder.schema.shape.status },
  /** Of a device, unit or equipment. */
  group: { subjectId: z.union([Device.id, Lot.id, Equipment.id]) },
})
