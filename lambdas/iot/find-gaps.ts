import * as z from 'zod'
import { Device } from '#domain/device'
import { cutsWell, mostIntervals, period } from '#domain/series'
import { Instant } from '#domain/values'
import { everyone, query } from '#kit'

export const handler = query({
  summary: 'Show when a device was silent for longer than some seconds.',
  route: 'GET /devices/{deviceId}/gaps',
  roles: everyone,
  input: z
    .strictObject({ deviceId: Device.id, ...period.shape, seconds: z.coerce.number().int().min(1).max(31_622_400) })
    .refine(period.runsForward, period.rule)
    .refine(cutsWell, { path: ['seconds'], error: `must be at least the period divided by ${mostIntervals}` }),
  reads: { device: Device.at('deviceId') },
  uses: ['series'],
  output: z.object({ gaps: z.array(z.object({ from: Instant, to: Instant })) }),
  run: async (_, { deviceId, from, to, seconds }, { series }) => ({
    gaps: await series.gaps(deviceId, from, to, seconds),
  }),
})
