import * as z from 'zod'
import { entity } from '#kit'
import { Code, Day, Instant, Line } from './values.ts'

/** A machine, gauge or tool whose condition can affect the product. */
export const Equipment = entity('equipment', {
  area: 'master',
  prefix: 'eqp',
  state: z.object({
    siteId: z.string(),
    code: Code,
    name: Line,
    /** A failed calibration takes it out of service until one passes. */
    status: z.enum(['in-service', 'out-of-service']),
    /** Days from one calibration to the next. */
    calibrateEveryDays: z.int().positive().optional(),
    /** Last day on which it may be used without a new calibration. */
    calibrationDue: Day.optional(),
    lastCalibration: z.object({ at: Instant, passed: z.boolean() }).optional(),
    lastRepair: Instant.optional(),
    repairs: z.int().min(0),
  }),
  example: {
    siteId: 'sit_00000000000000000000000001',
    code: 'MIX-1',
    name: 'Mixer 1',
    status: 'in-service',
    repairs: 0,
  },
  worklist: ({ status }) => status,
  group: ({ siteId }) => siteId,
  unique: { code: ({ code }) => code },
})

export type EquipmentState = z.infer<typeof Equipment.schema>
