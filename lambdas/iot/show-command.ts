import { DeviceCommand } from '#domain/device-command'
import { showRecord } from '#kit'

export const handler = showRecord(DeviceCommand, 'device-commands')
