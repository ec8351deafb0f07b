import * as z from 'zod'
import { Device, DeviceLocated } from '#domain/device'
import { DeviceStatus, DeviceStatusPlaced } from '#domain/device-status'
import { Location } from '#domain/location'
import { command, conflict, invalid, refuse } from '#kit'

export const handler = command({
  summary: 'Let a device watch another place; from now on, and not before, the storage range of that place limits it.',
  route: 'POST /devices/{deviceId}/locations',
  roles: ['admin', 'quality', 'service'],
  input: z.strictObject({ deviceId: Device.id, locationId: Location.id }),
  reads: { device: Device.at('deviceId'), status: DeviceStatus.at('deviceId'), location: Location.at('locationId') },
  emits: [DeviceLocated, DeviceStatusPlaced],
  refuses: {
    'device-elsewhere': invalid(
      'Location {code} is not at the site of device {name}. Register the device at that site.',
      '库位 {code} 不在设备 {name} 所属站点。请在该站点登记此设备。',
    ),
    'device-there-already': conflict(
      'Device {name} watches location {code} already, with the same storage range. Nothing is left to do.',
      '设备 {name} 已在监测库位 {code}，且储存范围相同。无需操作。',
    ),
  },
  decide: ({ device, location }, input, { now }) => {
    const { name, siteId, locationId, limits } = device
    const { code, storage } = location
    if (siteId !== location.siteId) return refuse('device-elsewhere', { code, name })
    const same = (['minC', 'maxC', 'minRh', 'maxRh'] as const).every((side) => limits?.[side] === storage?.[side])
    if (locationId === location.id && same) return refuse('device-there-already', { code, name })
    const place = { locationId: location.id, limits: storage, since: now }
    return [DeviceLocated({ ...input, ...place }), DeviceStatusPlaced({ deviceStatusId: device.id, place })]
  },
  examples: [
    {
      name: 'a sensor moves to another room',
      given: {
        device: Device.like(),
        status: DeviceStatus.like(),
        location: Location.like({ storage: { maxC: -18 } }),
      },
      when: { deviceId: Device.sample(), locationId: Location.sample(2) },
      then: ['DeviceLocated'],
    },
    {
      name: 'the range of its room changed',
      given: {
        device: Device.like(),
        status: DeviceStatus.like(),
        location: Location.like({ storage: { minC: 2, maxC: 6 } }),
      },
      when: { deviceId: Device.sample(), locationId: Location.sample() },
      then: ['DeviceLocated'],
    },
    {
      name: 'nothing changed',
      given: {
        device: Device.like(),
        status: DeviceStatus.like(),
        location: Location.like({ storage: { minC: 2, maxC: 8 } }),
      },
      when: { deviceId: Device.sample(), locationId: Location.sample() },
      then: { refused: 'device-there-already' },
    },
    {
      name: 'a room of another site is refused',
      given: {
        device: Device.like(),
        status: DeviceStatus.like(),
        location: Location.like({ siteId: 'sit_00000000000000000000000002' }),
      },
      when: { deviceId: Device.sample(), locationId: Location.sample(2) },
      then: { refused: 'device-elsewhere' },
    },
  ],
})
