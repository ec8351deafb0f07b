import { Device } from '#domain/device'
import { DeviceStatus } from '#domain/device-status'
import { Exposure } from '#domain/exposure'
import { Location } from '#domain/location'
import { Lot } from '#domain/lot'
import { checkFacts, checksOf } from '#domain/thermal-record'
import { Watch, WatchBegan } from '#domain/watch'
import { reaction } from '#kit'
import { lotsAt } from '#readings'

const when = { watchId: Watch.sample(), deviceId: Device.sample(), place: Location.sample() }
const recent = [{ id: Exposure.sample(), metric: 'temperatureC', start: Exposure.like().start }]
const given = { status: DeviceStatus.like({ recent }), recent: [Exposure.like()] }

export const handler = reaction({
  summary:
    'Ask for the lots of a place to be assessed when a device that watches it had told exposures before that was noted.',
  on: [WatchBegan],
  input: WatchBegan.schema,
  reads: {
    status: DeviceStatus.at('deviceId').orAbsent(),
    recent: Exposure.of('status.recent[].id'),
  },
  emits: checkFacts,
  refuses: {},
  uses: ['table'],
  perform: async ({ recent }, { place }, { table }, { now }) => {
    const [since] = recent.flatMap(({ locationId, start }) => (locationId === place ? start : [])).sort()
    return since === undefined ? [] : lotsAt([place], since, table, now)
  },
  decide: (_, __, context, lotIds) => checksOf(lotIds, undefined, context),
  examples: [
    {
      name: 'it was too warm there, and a lot was there',
      given,
      when,
      performed: [Lot.sample()],
      then: ['ThermalCheckAsked'],
    },
    { name: 'a sensor comes to a cold room', given: {}, when, performed: [], then: [] },
  ],
})
