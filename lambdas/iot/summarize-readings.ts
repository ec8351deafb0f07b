import * as z from 'zod'
import { Device } from '#domain/device'
import { MetricCode } from '#domain/device-kind'
import { cutsWell, mostIntervals, period } from '#domain/series'
import { Instant } from '#domain/values'
import { everyone, query } from '#kit'

export const handler = query({
  summary: 'Show the least, mean, greatest and last value of a metric in intervals of some seconds.',
  route: 'GET /devices/{deviceId}/summaries',
  roles: everyone,
  input: z
    .strictObject({
      deviceId: Device.id,
      metric: MetricCode,
      ...period.shape,
      /** Width of an interval; intervals begin at multiples of it since 1970. */
      seconds: z.coerce.number().int().min(1).max(31_622_400),
    })
    .refine(period.runsForward, period.rule)
    .refine(cutsWell, { path: ['seconds'], error: `must make at most ${mostIntervals} intervals` }),
  reads: { device: Device.at('deviceId') },
  uses: ['series'],
  output: z.object({
    intervals: z.array(
      z.object({
        at: Instant,
        count: z.int(),
        min: z.number(),
        mean: z.number(),
        max: z.number(),
        last: z.number(),
      }),
    ),
  }),
  run: async (_, { deviceId, metric, from, to, seconds }, { series }) => ({
    intervals: await series.summarize(deviceId, metric, from, to, seconds),
  }),
})
