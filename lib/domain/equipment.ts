import * as z from 'zod'
import { entity } from '#kit'
import { ServiceTest, testEdges, UsedPart } from './servicing.ts'
import { Code, Day, daysAfter, Instant, Line, Reason } from './values.ts'
import { HoursOfUse, Outcome, Renewal, renewalOf, renewed } from './wear.ts'

/** A machine, gauge or tool whose condition can affect the product. */
export const Equipment = entity('equipment', {
  area: 'master',
  prefix: 'eqp',
  node: true,
  state: z.object({
    siteId: z.string(),
    code: Code,
    name: Line,
    /** What it is one of: machines of a model wear alike. */
    model: Code.optional(),
    /** A failed calibration takes it out of service until one passes. */
    status: z.enum(['in-service', 'out-of-service']),
    /** Days from one calibration to the next. */
    calibrateEveryDays: z.int().positive().optional(),
    /** Last day on which it may be used without a new calibration. */
    calibrationDue: Day.optional(),
    lastCalibration: z.object({ at: Instant, passed: z.boolean() }).optional(),
    lastRepair: Instant.optional(),
    repairs: z.int().min(0),
    /** When it was taken into use, where that is known. */
    inUseSince: Instant.optional(),
    /** Its last maintenance, oldest first: what the lives of its like are judged by. */
    renewals: z.array(Renewal).optional(),
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

export const EquipmentDefined = Equipment.born(
  'EquipmentDefined',
  z.object({
    equipmentId: Equipment.id,
    siteId: z.string(),
    code: Code,
    name: Line,
    model: Code.optional(),
    calibrateEveryDays: z.int().positive().optional(),
    calibrationDue: Day.optional(),
    inUseSince: Instant.optional(),
  }),
  ({ equipmentId: _, ...defined }) => ({ ...defined, status: 'in-service', repairs: 0 }),
)

/**
 * A repair, with the spare parts that went into the equipment and the gauges it was tested on: each part's lot stays
 * traceable there, and what the equipment makes from then on is as good as its gauges.
 */
export const EquipmentRepaired = Equipment.fact(
  'EquipmentRepaired',
  z.object({
    equipmentId: Equipment.id,
    repairedAt: Instant,
    repairedBy: z.string(),
    description: Reason,
    /** The repair may have changed what it measures or does: it waits for a calibration. */
    needsCalibration: z.boolean(),
    parts: z.array(UsedPart),
    tests: z.array(ServiceTest).optional(),
    outcome: Outcome.optional(),
    used: HoursOfUse.optional(),
  }),
  (equipment, { repairedAt, needsCalibration, outcome = 'failed', used, parts }) => ({
    ...equipment,
    renewals:
      outcome === 'sound'
        ? equipment.renewals
        : renewed(equipment.renewals ?? [], { at: repairedAt, used, ...renewalOf(outcome, parts) }),
    status: needsCalibration ? 'out-of-service' : equipment.status,
    lastRepair: repairedAt,
    repairs: equipment.repairs + 1,
  }),
  {
    stock: ({ equipmentId, parts }) =>
      parts.map(({ lotId, itemId, quantity, from }) => ({ lotId, itemId, quantity, from, to: equipmentId })),
    edges: ({ equipmentId, parts, tests = [], repairedAt }) => [
      ...parts.map(({ lotId, quantity, unit }) => ({
        ...{ kind: 'repair' as const, from: lotId, to: equipmentId, quantity, unit, at: repairedAt },
      })),
      ...testEdges(equipmentId, tests),
    ],
  },
)

/**
 * A calibration passed or failed; failed equipment is out of service until one passes. What it makes from then on is as
 * good as the gauges it was compared with.
 */
export const EquipmentCalibrated = Equipment.fact(
  'EquipmentCalibrated',
  z.object({
    equipmentId: Equipment.id,
    calibratedAt: Instant,
    calibratedBy: z.string(),
    certificate: Code,
    passed: z.boolean(),
    /** What was found before adjustment: it judges the runs since the last calibration. */
    asFound: Line,
    calibrationDue: Day.optional(),
    references: z.array(z.string()).optional(),
    deviation: Reason.optional(),
  }),
  (equipment, { calibratedAt, passed, calibrationDue }) => ({
    ...equipment,
    status: passed ? 'in-service' : 'out-of-service',
    calibrationDue,
    lastCalibration: { at: calibratedAt, passed },
  }),
  {
    edges: ({ equipmentId: to, references = [], calibratedAt: at }) =>
      references.map((from) => ({ kind: 'run' as const, from, to, at, until: at })),
  },
)

/** Last day of use after this calibration; one that failed leaves the due day as it was. */
export function calibrationDueAfter(
  { calibrateEveryDays, calibrationDue }: EquipmentState,
  { calibratedAt, passed }: { readonly calibratedAt: string; readonly passed: boolean },
): z.infer<typeof Day> | undefined {
  if (!passed || calibrateEveryDays === undefined) return calibrationDue
  return daysAfter(calibratedAt, calibrateEveryDays)
}
