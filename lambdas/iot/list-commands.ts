import { Device } from '#domain/device'
import { DeviceCommand } from '#domain/device-command'
import { listRecords } from '#kit'

export const handler = listRecords(DeviceCommand, 'device-commands', {
  worklist: { status: DeviceCommand.schema.shape.status },
  group: { deviceId: Device.id },
})
