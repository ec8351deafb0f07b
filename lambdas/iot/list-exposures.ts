import * as z from 'zod'
import { Device } from '#domain/device'
import { Exposure } from '#domain/exposure'
import { listRecords } from '#kit'

export const handler = listRecords(Exposure, 'exposures', {
  worklist: { status: z.enum(['open', 'closed', 'withdrawn']) },
  group: { deviceId: Device.id },
})
