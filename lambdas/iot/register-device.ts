import * as z from 'zod'
import { Device, DeviceRegistered } from '#domain/device'
import { DeviceKind } from '#domain/device-kind'
import { DeviceStatusOpened } from '#domain/device-status'
import { Location } from '#domain/location'
import { Site } from '#domain/site'
import { Line } from '#domain/values'
import { command, invalid, refuse } from '#kit'

export const handler = command({
  summary: 'Register a device, so that it can get a certificate and watch a place.',
  route: 'POST /devices',
  roles: ['admin', 'quality', 'service'],
  input: z.strictObject({ siteId: Site.id, name: Line, kindId: DeviceKind.id, locationId: Location.id.optional() }),
  reads: { site: Site.at('siteId'), kind: DeviceKind.at('kindId'), location: Location.at('locationId').optional() },
  emits: [DeviceRegistered, DeviceStatusOpened],
  refuses: {
    'location-elsewhere': invalid(
      'Location {code} is not at site {site}. Give a location of that site.',
      '库位 {code} 不在站点 {site}。请填写该站点的库位。',
    ),
  },
  decide: ({ site, kind, location }, { siteId, name, locationId }, { newId, now }) => {
    if (location && location.siteId !== site.id)
      return refuse('location-elsewhere', { code: location.code, site: site.code })
    const deviceId = newId(Device)
    const { code, revision, thingType, dictionary } = kind
    const place = { locationId, limits: location?.storage }
    return [
      DeviceRegistered({
        ...{ deviceId, siteId, name, kind: code, kindRevision: revision, thingType, dictionary },
        ...place,
      }),
      DeviceStatusOpened({ deviceStatusId: deviceId, siteId, dictionary, place: { since: now, ...place } }),
    ]
  },
  examples: [
    {
      name: 'a sensor for a cold room',
      given: {
        site: Site.like(),
        kind: DeviceKind.like(),
        location: Location.like({ zone: 'cold', storage: { minC: 2, maxC: 8 } }),
      },
      when: { siteId: Site.sample(), name: 'Cold room 1', kindId: DeviceKind.sample(), locationId: Location.sample() },
      then: ['DeviceRegistered', 'DeviceStatusOpened'],
    },
    {
      name: 'a pump that watches no place',
      given: { site: Site.like(), kind: DeviceKind.like({ code: 'infusion-pump', thingType: 'field-device' }) },
      when: { siteId: Site.sample(), name: 'Pump at test bench 3', kindId: DeviceKind.sample() },
      then: ['DeviceRegistered', 'DeviceStatusOpened'],
    },
    {
      name: 'a location of another site is refused',
      given: { site: Site.like(), kind: DeviceKind.like(), location: Location.like({ siteId: Site.sample(2) }) },
      when: { siteId: Site.sample(), name: 'Cold room 1', kindId: DeviceKind.sample(), locationId: Location.sample() },
      then: { refused: 'location-elsewhere' },
    },
  ],
})
