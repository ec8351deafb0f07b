import * as z from 'zod'
import { Device } from '#domain/device'
import { Measured, period } from '#domain/series'
import { everyone, query } from '#kit'

/** Readings of one answer: half a megabyte at most. */
const pageSize = 5000

export const handler = query({
  summary: 'Show what a device measured from one time up to another, oldest first.',
  route: 'GET /devices/{deviceId}/readings',
  roles: everyone,
  input: z.strictObject({ deviceId: Device.id, ...period.shape }).refine(period.runsForward, period.rule),
  reads: { device: Device.at('deviceId') },
  uses: ['series'],
  output: z.object({
    readings: z.array(Measured),
    /** The `from` of the next page; absent on the last. */
    next: z.iso.datetime().optional(),
  }),
  run: async (_, { deviceId, from, to }, { series }) => {
    const { samples, next } = await series.read(deviceId, from, to, pageSize)
    return { readings: samples.map(({ at, measures }) => ({ at, measures: { ...measures } })), next }
  },
})
