import * as z from 'zod'
import { entity } from '#kit'
import { MetricCode } from './device-kind.ts'
import { Day } from './values.ts'

/** On a day, metrics of a device that left what is usual, not far enough for a proposal: it is looked at more closely. */
export const Suspicion = entity('suspicion', {
  area: 'iot',
  prefix: 'sus',
  state: z.object({ deviceId: z.string(), siteId: z.string(), day: Day, metrics: z.array(MetricCode) }),
  example: {
    deviceId: 'dev_00000000000000000000000001',
    siteId: 'sit_00000000000000000000000001',
    day: '2026-03-02',
    metrics: ['vibration'],
  },
  worklist: ({ day }) => day,
  group: ({ deviceId }) => deviceId,
})

export type SuspicionState = z.infer<typeof Suspicion.schema>

export const DeviceSuspected = Suspicion.born(
  'DeviceSuspected',
  Suspicion.schema.extend({ suspicionId: Suspicion.id }),
  ({ suspicionId: _, ...state }) => state,
)
