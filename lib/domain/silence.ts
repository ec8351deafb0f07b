import * as z from 'zod'
import { entity } from '#kit'
import { MetricCode } from './device-kind.ts'
import { Instant } from './values.ts'

/** A time in which a device did not tell a metric that has limits, and in which it never will: nobody knows what it was. */
export const Silence = entity('silence', {
  area: 'iot',
  prefix: 'sil',
  state: z.object({
    deviceId: z.string(),
    metric: MetricCode,
    /** The last value before it and the first after it. */
    from: Instant,
    until: Instant,
  }),
  example: {
    deviceId: 'dev_00000000000000000000000001',
    metric: 'temperatureC',
    from: '2026-03-02T07:00:00.000Z',
    until: '2026-03-02T09:00:00.000Z',
  },
  under: ({ deviceId }) => deviceId,
})

export type SilenceState = z.infer<typeof Silence.schema>

export const SilenceEnded = Silence.born(
  'SilenceEnded',
  Silence.schema.extend({ silenceId: Silence.id }),
  ({ silenceId: _, ...state }) => state,
)
