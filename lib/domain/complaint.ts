import * as z from 'zod'
import { entity, refuse, refused, shared } from '#kit'
import { Market } from './market.ts'
import { Instant, Line, LotNumber, Reason } from './values.ts'

/** Whether a patient, user or other person came to harm, as far as it is known. */
export const Harm = z.enum(['yes', 'no', 'unknown'])

/** What the complaint is about, as it was told and as far as it was found in our records. */
const Product = z.object({
  /** As it was scanned or read from the label. */
  udi: z.string().optional(),
  itemId: z.string().optional(),
  lotNumber: LotNumber.optional(),
  serial: LotNumber.optional(),
  /** The lot or unit of our records. */
  lotId: z.string().optional(),
  /** The device that reports to us. */
  deviceId: z.string().optional(),
})

const told = Product.extend({
  customerId: z.string().optional(),
  /** Who told us. */
  reporter: Line,
  /** What happened, in the reporter's words. */
  event: Reason,
  eventAt: Instant.optional(),
  harm: Harm,
  /** When anybody of the company learned of it: terms of authorities run from here. */
  awareAt: Instant,
  recordedBy: z.string(),
})

/** Somebody says that a product failed (ISO 13485, 8.2.2). */
export const Complaint = entity('complaint', {
  area: 'quality',
  prefix: 'cmp',
  state: told.extend({
    status: z.enum(['open', 'evaluated', 'closed']),
    evaluation: z
      .object({
        /** Whether an authority must be told, and of which markets. */
        reportable: z.boolean(),
        markets: z.array(Market),
        harm: Harm,
        reason: Reason,
        by: z.string(),
        at: Instant,
      })
      .optional(),
    conclusion: Reason.optional(),
    closedAt: Instant.optional(),
  }),
  example: {
    lotId: 'lot_00000000000000000000000001',
    customerId: 'ptr_00000000000000000000000001',
    reporter: 'Ward 3, head nurse',
    event: 'The pump stopped without an alarm',
    harm: 'no',
    awareAt: '2026-03-01T08:00:00.000Z',
    recordedBy: 'usr-service',
    status: 'open',
  },
  worklist: ({ status }) => status,
  group: ({ customerId }) => customerId,
})

export type ComplaintState = z.infer<typeof Complaint.schema>

export const ComplaintRecorded = Complaint.born(
  'ComplaintRecorded',
  told.extend({ complaintId: Complaint.id }),
  ({ complaintId: _, ...recorded }) => ({ ...recorded, status: 'open' }),
)

/** Whether authorities must be told is decided, as often as something new is learned. */
export const ComplaintEvaluated = Complaint.fact(
  'ComplaintEvaluated',
  z.object({
    complaintId: Complaint.id,
    reportable: z.boolean(),
    markets: z.array(Market),
    harm: Harm,
    reason: Reason,
    by: z.string(),
    at: Instant,
  }),
  ({ id: _, ...state }, { complaintId: __, ...evaluation }) => ({
    ...state,
    status: 'evaluated',
    harm: evaluation.harm,
    evaluation,
  }),
)

export const ComplaintClosed = Complaint.fact(
  'ComplaintClosed',
  z.object({ complaintId: Complaint.id, conclusion: Reason, by: z.string(), closedAt: Instant }),
  ({ id: _, ...state }, { conclusion, closedAt }) => ({ ...state, status: 'closed', conclusion, closedAt }),
)

export const complaintRefusals = shared({
  'complaint-closed': refused(
    'The complaint of {reporter} was closed on {closedAt}. Record a new one if more is told.',
    '{reporter} 的投诉已于 {closedAt} 关闭。如有新情况，请另行登记。',
  ),
})

/** Refuses to change one that is closed. */
export const complaintClosed = ({ reporter, status, closedAt }: ComplaintState) =>
  status === 'closed' ? refuse('complaint-closed', { reporter, closedAt }) : undefined
