import { Device } from '#domain/device'
import { Site } from '#domain/site'
import { listRecords } from '#kit'

export const handler = listRecords(Device, 'devices', {
  worklist: { status: Device.schema.shape.status },
  group: { siteId: Site.id },
})
