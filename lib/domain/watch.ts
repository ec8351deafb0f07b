import * as z from 'zod'
import { entity } from '#kit'

/** That a device watches a place, or did once: who it was is found by the place, when it was stands in the device. */
export const Watch = entity('watch', {
  area: 'iot',
  prefix: 'wat',
  state: z.object({
    deviceId: z.string(),
    /** A location, pack or shipment. */
    place: z.string(),
  }),
  example: { deviceId: 'dev_00000000000000000000000001', place: 'loc_00000000000000000000000001' },
  worklist: ({ place }) => place,
  unique: { place: ({ deviceId, place }) => `${deviceId} ${place}` },
})

export type WatchState = z.infer<typeof Watch.schema>

export const WatchBegan = Watch.born(
  'WatchBegan',
  Watch.schema.extend({ watchId: Watch.id }),
  ({ watchId: _, ...state }) => state,
)
