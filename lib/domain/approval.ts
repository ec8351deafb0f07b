import * as z from 'zod'
import { canonical, type Loaded, sha256 } from '#kit'
import { isUrgent } from './market.ts'
import { draftMessages } from './notice-message.ts'
import { Recall, type RecallState } from './recall.ts'
import { Instant } from './values.ts'

/** Somebody approved what the notices of a recall say, under their signature. */
export const RecallNoticesApproved = Recall.fact(
  'RecallNoticesApproved',
  z.object({
    recallId: Recall.id,
    /** What was approved, see `noticesOf`. */
    content: z.string(),
    note: z.string().optional(),
    by: z.string(),
    at: Instant,
  }),
  (recall, { content, by, at }) => ({ ...recall, approvals: [...recall.approvals, { content, by, at }] }),
)

/**
 * The hash of everything that a person decides about the notices. Parties that are found later change nothing in it, nor
 * do times that late telemetry adds to a condition: the condition was decided.
 */
export const noticesOf = ({ title, reason, hazard, contact, seeds, grown, exclusions }: RecallState) =>
  sha256(
    canonical({
      ...{ title, reason, harm: hazard?.harm, contact },
      seeds: seeds.filter((seed) => !grown.includes(seed)),
      exclusions: exclusions.map(({ lotId }) => lotId),
    }),
  )

/** Whether notices may leave the company: what they would say was approved. A drill sends none, so it asks nobody. */
export const mayNotify = (recall: RecallState): boolean => {
  if (recall.drill) return true
  const said = noticesOf(recall)
  return recall.approvals.some(({ content }) => content === said)
}

/** A recall with the approval of what it says now; for examples and tests. */
export const approved = (recall: RecallState): RecallState => ({
  ...recall,
  approvals: [{ content: noticesOf(recall), by: 'usr-approver', at: '2026-03-01T08:04:00.000Z' }],
})

/** What an approver reads and signs: what the notices say, of what, to how many. */
export const NoticeDraft = z.object({
  recallId: z.string(),
  urgent: z.boolean(),
  title: z.string(),
  reason: z.string(),
  harm: z.string().optional(),
  classes: z.array(z.object({ market: z.string(), class: z.string() })),
  depth: z.string().optional(),
  contact: Recall.schema.shape.contact,
  seeds: z.array(z.string()),
  exclusions: z.array(z.object({ lotId: z.string(), reason: z.string() })),
  counts: Recall.schema.shape.counts,
  /** SHA-256 of the scope as it stands. */
  fingerprint: z.string().optional(),
  messages: z.array(
    z.object({ language: z.string(), role: z.string(), subject: z.string(), mail: z.string(), text: z.string() }),
  ),
})

/** Everything that an approver of these notices reads. */
export function draftOf(recall: Loaded<RecallState>): z.infer<typeof NoticeDraft> {
  const {
    id: recallId,
    title,
    reason,
    hazard,
    classes,
    depth,
    contact,
    seeds,
    exclusions,
    counts,
    fingerprint,
  } = recall
  return {
    ...{ recallId, title, reason, depth, contact, seeds, counts, fingerprint },
    urgent: isUrgent(classes),
    harm: hazard?.harm,
    classes: classes.map(({ market, class: name }) => ({ market, class: name })),
    exclusions: exclusions.map(({ lotId, reason: why }) => ({ lotId, reason: why })),
    messages: draftMessages(recall),
  }
}
