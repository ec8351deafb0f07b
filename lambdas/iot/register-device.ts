import * as z from 'zod'
import { Device, DeviceRegistered } from '#domain/device'
import { DeviceKind } from '#domain/device-kind'
import { DeviceStatusOpened } from '#domain/device-status'
import { Equipment } from '#domain/equipment'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { Site } from '#domain/site'
import { Code, Instant, Line } from '#domain/values'
import { command, invalid, refuse } from '#kit'

export const handler = command({
  summary: 'Register a device, so that it can get a certificate and watch a place.',
  route: 'POST /devices',
  roles: ['admin', 'quality', 'service'],
  input: z.strictObject({
    ...{ siteId: Site.id, name: Line, kindId: DeviceKind.id, locationId: Location.id.optional() },
    serial: Code.optional().describe(
      'On its label; with it the device claims its certificate. That of its unit if absent',
    ),
    unitId: Lot.id.optional().describe('The unit of ours that it is'),
    equipmentId: Equipment.id.optional().describe('The machine of ours that it is'),
    inUseSince: Instant.optional().describe('When it was taken into use; now if absent'),
  }),
  reads: {
    site: Site.at('siteId'),
    kind: DeviceKind.at('kindId'),
    location: Location.at('locationId').optional(),
    unit: Lot.at('unitId').optional(),
    equipment: Equipment.at('equipmentId').optional(),
  },
  emits: [DeviceRegistered, DeviceStatusOpened],
  refuses: {
    'location-elsewhere': invalid(
      'Location {code} is not at site {site}. Give a location of that site.',
      '库位 {code} 不在站点 {site}。请填写该站点的库位。',
    ),
    'use-in-future': invalid(
      'Device {name} is said to be in use since {inUseSince}, which has not come yet. Correct the time.',
      '终端 {name} 的启用时间 {inUseSince} 尚未到来。请更正时间。',
    ),
    'lot-no-unit': invalid(
      'Lot {number} has no serial number, so a device cannot be it. Give a single unit.',
      '批次 {number} 没有序列号，不能作为设备。请填写单件。',
    ),
  },
  decide: ({ site, kind, location, unit }, { siteId, name, locationId, ...identity }, { newId, now }) => {
    if (location && location.siteId !== site.id)
      return refuse('location-elsewhere', { code: location.code, site: site.code })
    if (unit && unit.serial === undefined) return refuse('lot-no-unit', { number: unit.number })
    const { inUseSince = now } = identity
    if (Date.parse(inUseSince) > Date.parse(now)) return refuse('use-in-future', { name, inUseSince })
    const { serial = unit?.serial, unitId, equipmentId } = identity
    const deviceId = newId(Device)
    const { code, revision, thingType, dictionary } = kind
    const place = { locationId, limits: location?.storage }
    return [
      DeviceRegistered({
        ...{ deviceId, siteId, name, kind: code, kindRevision: revision, thingType, dictionary },
        ...{ ...place, serial, unitId, equipmentId, inUseSince },
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
      name: 'a pump that we made, by its unit',
      given: { site: Site.like(), kind: DeviceKind.like(), unit: Lot.like({ serial: 'SN-77', quantity: 1 }) },
      when: { siteId: Site.sample(), name: 'Pump SN-77', kindId: DeviceKind.sample(), unitId: Lot.sample() },
      then: ['DeviceRegistered', 'DeviceStatusOpened'],
    },
    {
      name: 'the sensor inside a mixer, by the serial number on its label',
      given: { site: Site.like(), kind: DeviceKind.like(), equipment: Equipment.like() },
      when: {
        ...{ siteId: Site.sample(), name: 'Mixer 1', kindId: DeviceKind.sample(), serial: 'MX-2044' },
        equipmentId: Equipment.sample(),
      },
      then: ['DeviceRegistered', 'DeviceStatusOpened'],
    },
    {
      name: 'a pump that is in use tomorrow only',
      given: { site: Site.like(), kind: DeviceKind.like() },
      when: {
        ...{ siteId: Site.sample(), name: 'Pump', kindId: DeviceKind.sample() },
        inUseSince: '2099-12-31T08:00:00.000Z',
      },
      then: { refused: 'use-in-future' },
    },
    {
      name: 'a lot of a hundred is not a device',
      given: { site: Site.like(), kind: DeviceKind.like(), unit: Lot.like() },
      when: { siteId: Site.sample(), name: 'Pumps', kindId: DeviceKind.sample(), unitId: Lot.sample() },
      then: { refused: 'lot-no-unit' },
    },
    {
      name: 'a location of another site is refused',
      given: { site: Site.like(), kind: DeviceKind.like(), location: Location.like({ siteId: Site.sample(2) }) },
      when: { siteId: Site.sample(), name: 'Cold room 1', kindId: DeviceKind.sample(), locationId: Location.sample() },
      then: { refused: 'location-elsewhere' },
    },
  ],
})
