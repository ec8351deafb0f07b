import { DeviceKind } from '#domain/device-kind'
import { listRecords } from '#kit'

const { thingType, code } = DeviceKind.schema.shape

export const handler = listRecords(DeviceKind, 'device-kinds', { worklist: { thingType }, keys: { code: { code } } })
