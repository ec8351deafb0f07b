import * as z from 'zod'
import { Lot } from './lot.ts'
import { Instant, Line, Quantity, Unit } from './values.ts'

/** A spare part that was built in. */
export const UsedPart = z.object({
  lotId: z.string(),
  itemId: z.string(),
  quantity: Quantity,
  unit: Unit,
  /** Location it was taken from. */
  from: z.string(),
})

/** A measurement with a gauge, or a test on a machine. */
export const ServiceTest = z.object({
  equipmentId: z.string(),
  characteristic: Line,
  found: Line,
  passed: z.boolean(),
  testedAt: Instant,
  /** The gauge was due for calibration, or out of service, and was used all the same. */
  unfit: z.literal(true).optional(),
})

/** Edges from the gauges that something was tested on, at the times of the tests. */
export const testEdges = (to: string, tests: readonly z.infer<typeof ServiceTest>[]) =>
  tests.map(({ equipmentId: from, testedAt }) => ({ kind: 'run' as const, from, to, at: testedAt, until: testedAt }))

/**
 * A unit was served: the spare parts are in it from now on, and it is as good as the gauges it was tested on. Where it
 * is in use, it goes back into use with them: so a trace of a bad part or gauge finds who has it, although it was
 * shipped long before.
 */
export const LotServiced = Lot.fact(
  'LotServiced',
  z.object({
    lotId: Lot.id,
    serviceOrderId: z.string(),
    parts: z.array(UsedPart),
    tests: z.array(ServiceTest),
    installation: z.object({ installationId: z.string(), customerId: z.string() }).optional(),
    servicedAt: Instant,
    servicedBy: z.string(),
  }),
  (lot) => lot,
  {
    stock: ({ lotId: to, parts }) =>
      parts.map(({ lotId, itemId, quantity, from }) => ({ lotId, itemId, quantity, from, to })),
    edges: ({ lotId: to, parts, tests, installation, servicedAt: at }) => [
      ...parts.map(({ lotId: from, quantity, unit }) => ({ kind: 'repair' as const, from, to, quantity, unit, at })),
      ...testEdges(to, tests),
      ...(installation && parts.length + tests.length > 0
        ? [
            {
              ...{ kind: 'install' as const, from: to, to: installation.installationId, at },
              ...{ quantity: 1, unit: 'each', party: installation.customerId },
            },
          ]
        : []),
    ],
  },
)
