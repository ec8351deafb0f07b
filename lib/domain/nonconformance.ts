import * as z from 'zod'
import { entity, refuse, refused, shared } from '#kit'
import { Instant, Line, Reason } from './values.ts'

/** Where the failure showed. */
export const FoundAt = z.enum(['receiving', 'production', 'inspection', 'storage', 'transport', 'service', 'customer'])

export const Severity = z.enum(['minor', 'major', 'critical'])

/** What is to become of the product (ISO 13485, 8.3). */
export const Decision = z.enum(['use-as-is', 'rework', 'scrap', 'return-to-supplier'])

/** What does not conform, in the words in which a recall names its seeds. */
const Subjects = z.object({
  lotIds: z.array(z.string()),
  equipmentIds: z.array(z.string()),
  /** The sensor or machine whose data showed it. */
  deviceIds: z.array(z.string()),
  /** The exposures that showed it. */
  exposureIds: z.array(z.string()),
})

/** Something that does not meet its requirements: its lots are held until somebody decides what becomes of them. */
export const Nonconformance = entity('nonconformance', {
  area: 'quality',
  prefix: 'ncr',
  state: Subjects.extend({
    title: Line,
    description: Reason,
    foundAt: FoundAt,
    /** Its site, where it is about one. */
    siteId: z.string().optional(),
    status: z.enum(['open', 'evaluated', 'disposed', 'closed']),
    recordedAt: Instant,
    /** A person, or the product itself. */
    recordedBy: z.string(),
    evaluation: z
      .object({
        severity: Severity,
        cause: Reason,
        /** Product that left the house may have it too: a recall is to be considered. */
        mayHaveLeft: z.boolean(),
        by: z.string(),
        at: Instant,
      })
      .optional(),
    disposition: z.object({ decision: Decision, reason: Reason, by: z.string(), at: Instant }).optional(),
    conclusion: Reason.optional(),
    closedAt: Instant.optional(),
  }),
  example: {
    title: 'Seal strength below limit',
    description: 'Three of ten seals opened below 1.2 N',
    foundAt: 'inspection',
    lotIds: ['lot_00000000000000000000000001'],
    equipmentIds: [],
    deviceIds: [],
    exposureIds: [],
    status: 'open',
    recordedAt: '2026-03-01T08:00:00.000Z',
    recordedBy: 'usr-inspector',
  },
  worklist: ({ status }) => status,
})

export type NonconformanceState = z.infer<typeof Nonconformance.schema>

export const NonconformanceRecorded = Nonconformance.born(
  'NonconformanceRecorded',
  Subjects.extend({
    nonconformanceId: Nonconformance.id,
    title: Line,
    description: Reason,
    foundAt: FoundAt,
    siteId: z.string().optional(),
    recordedAt: Instant,
    recordedBy: z.string(),
  }),
  ({ nonconformanceId: _, ...recorded }) => ({ ...recorded, status: 'open' }),
)

export const NonconformanceEvaluated = Nonconformance.fact(
  'NonconformanceEvaluated',
  z.object({
    nonconformanceId: Nonconformance.id,
    severity: Severity,
    cause: Reason,
    mayHaveLeft: z.boolean(),
    by: z.string(),
    at: Instant,
  }),
  ({ id: _, ...state }, { nonconformanceId: __, ...evaluation }) => ({
    ...state,
    status: state.status === 'open' ? 'evaluated' : state.status,
    evaluation,
  }),
)

/** What becomes of its lots is decided; each lot says so itself. */
export const NonconformanceDisposed = Nonconformance.fact(
  'NonconformanceDisposed',
  z.object({
    nonconformanceId: Nonconformance.id,
    decision: Decision,
    reason: Reason,
    lotIds: z.array(z.string()),
    by: z.string(),
    at: Instant,
  }),
  ({ id: _, ...state }, { decision, reason, by, at }) => ({
    ...state,
    status: 'disposed',
    disposition: { decision, reason, by, at },
  }),
)

export const NonconformanceClosed = Nonconformance.fact(
  'NonconformanceClosed',
  z.object({ nonconformanceId: Nonconformance.id, conclusion: Reason, by: z.string(), closedAt: Instant }),
  ({ id: _, ...state }, { conclusion, closedAt }) => ({ ...state, status: 'closed', conclusion, closedAt }),
)

export const nonconformanceRefusals = shared({
  'nonconformance-closed': refused(
    'Nonconformance "{title}" was closed on {closedAt}. Record a new one if it shows again.',
    '不合格项“{title}”已于 {closedAt} 关闭。如再次出现，请另行登记。',
  ),
})

/** Refuses to change one that is closed. */
export const nonconformanceClosed = ({ title, status, closedAt }: NonconformanceState) =>
  status === 'closed' ? refuse('nonconformance-closed', { title, closedAt }) : undefined
