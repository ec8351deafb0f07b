import * as z from 'zod'
import { Device } from '#domain/device'
import { Equipment } from '#domain/equipment'
import { Lot } from '#domain/lot'
import { ServicePlan } from '#domain/service-plan'
import { listRecords } from '#kit'

export const handler = listRecords(ServicePlan, 'service-plans', {
  worklist: { status: ServicePlan.schema.shape.status },
  /** Of a device, unit or equipment. */
  group: { subjectId: z.union([Device.id, Lot.id, Equipment.id]) },
})
