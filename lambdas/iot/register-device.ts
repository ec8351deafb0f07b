import * as z from 'zod'
import { Device, DeviceRegistered, DeviceStatusOpened } from '#domain/device'
import { Location } from '#domain/location'
import { Site } from '#domain/site'
import { Kind } from '#domain/telemetry'
import { Line } from '#domain/values'
import { command, invalid, refuse } from '#kit'

export const handler = command({
  summary: 'Register a device, so that it can get a certificate and watch a place.',
  route: 'POST /devices',
  roles: ['admin', 'quality', 'service'],
  input: z.strictObject({ siteId: Site.id, name: Line, kind: Kind, locationId: Location.id.optional() }),
  reads: { site: Site.at('siteId'), location: Location.at('locationId').optional() },
  emits: [DeviceRegistered, DeviceStatusOpened],
  refuses: {
    'location-elsewhere': invalid(
      'Location {code} is not at site {site}. Give a location of that site.',
      '库位 {code} 不在站点 {site}。请填写该站点的库位。',
    ),
  },
  decide: ({ site, location }, input, { newId }) => {
    if (location && location.siteId !== site.id)
      return refuse('location-elsewhere', { code: location.code, site: site.code })
    const deviceId = newId(Device)
    return [
      DeviceRegistered({ deviceId, ...input, limits: location?.storage }),
      DeviceStatusOpened({ deviceStatusId: deviceId, siteId: site.id }),
    ]
  },
  examples: [
    {
      name: 'a sensor for a cold room',
      given: { site: Site.like(), location: Location.like({ zone: 'cold', storage: { minC: 2, maxC: 8 } }) },
      when: { siteId: Site.sample(), name: 'Cold room 1', kind: 'storage-sensor', locationId: Location.sample() },
      then: ['DeviceRegistered', 'DeviceStatusOpened'],
    },
    {
      name: 'a pump that watches no place',
      given: { site: Site.like() },
      when: { siteId: Site.sample(), name: 'Pump at test bench 3', kind: 'infusion-pump' },
      then: ['DeviceRegistered', 'DeviceStatusOpened'],
    },
    {
      name: 'a location of another site is refused',
      given: { site: Site.like(), location: Location.like({ siteId: Site.sample(2) }) },
      when: { siteId: Site.sample(), name: 'Cold room 1', kind: 'storage-sensor', locationId: Location.sample() },
      then: { refused: 'location-elsewhere' },
    },
  ],
})
