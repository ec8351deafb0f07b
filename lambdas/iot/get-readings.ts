import * as z from 'zod'
import { Device } from '#domain/device'
import { Instant } from '#domain/values'
import { everyone, query } from '#kit'

/** Readings of one answer: half a megabyte at most. */
const pageSize = 5000

export const handler = query({
  summary: 'Show what a device measured from one time up to another, oldest first.',
  route: 'GET /devices/{deviceId}/readings',
  roles: everyone,
  input: z
    .strictObject({ deviceId: Device.id, from: Instant, to: Instant })
    .refine(({ from, to }) => Date.parse(from) < Date.parse(to), { path: ['from'], error: 'must be before "to"' }),
  reads: { device: Device.at('deviceId') },
  uses: ['series'],
  output: z.object({
    readings: z.array(
      z.object({
        /** Device time. */
        at: Instant,
        measures: z.record(z.string(), z.union([z.number(), z.string()])),
      }),
    ),
    /** The `from` of the next page; absent on the last. */
    next: Instant.optional(),
  }),
  run: async (_, { deviceId, from, to }, { series }) => {
    const found = await series.read(deviceId, from, to, pageSize + 1)
    const readings = found.slice(0, pageSize).map(({ at, measures }) => ({ at, measures: { ...measures } }))
    return { readings, next: found[pageSize]?.at }
  },
})
