import * as z from 'zod'
import { Device, DeviceAttached, DeviceLocated, DeviceRegistered } from '#domain/device'
import { Location } from '#domain/location'
import { Watch, WatchBegan } from '#domain/watch'
import { reaction } from '#kit'

const Placed = z.object({ deviceId: Device.id, locationId: z.string().optional(), carrierId: z.string().optional() })
const watchesOf = ({ deviceId, locationId, carrierId }: z.infer<typeof Placed>) => {
  const place = carrierId ?? locationId
  return place === undefined ? [] : [{ deviceId, place }]
}

const when = { deviceId: Device.sample(), locationId: Location.sample() }

export const handler = reaction({
  summary: 'Note which places a device watched, so that those who were there find it.',
  on: [DeviceRegistered, DeviceLocated, DeviceAttached],
  input: Placed,
  reads: { known: Watch.by('place', watchesOf).orAbsent() },
  emits: [WatchBegan],
  refuses: {},
  decide: ({ known }, placed, { newId }) =>
    watchesOf(placed).flatMap((watch, index) =>
      known[index] ? [] : [WatchBegan({ ...watch, watchId: newId(Watch) })],
    ),
  examples: [
    { name: 'a sensor comes to a cold room', given: {}, when, then: ['WatchBegan'] },
    {
      name: 'it comes back',
      given: { known: [{ ...Watch.like(), id: Watch.sample() }] },
      when,
      then: [],
    },
    { name: 'a pump watches no place', given: {}, when: { deviceId: Device.sample() }, then: [] },
  ],
})
