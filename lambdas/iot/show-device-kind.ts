import { DeviceKind } from '#domain/device-kind'
import { showRecord } from '#kit'

export const handler = showRecord(DeviceKind, 'device-kinds')
