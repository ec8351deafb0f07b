import * as z from 'zod'
import { Market } from './market.ts'
import { Contact } from './partner.ts'
import { CheckLevel, Depth, Explanation, ground, Hazard, Recall, Sample } from './recall.ts'
import { Plan } from './recall-plan.ts'
import { Instant } from './values.ts'

export const RecallClassified = Recall.fact(
  'RecallClassified',
  z.object({ recallId: Recall.id, market: Market, class: z.string(), ...ground }),
  (recall, { recallId: _, ...classified }) => ({
    ...recall,
    classes: [...recall.classes.filter(({ market }) => market !== classified.market), classified],
  }),
)

export const RecallStrategySet = Recall.fact(
  'RecallStrategySet',
  z.object({
    recallId: Recall.id,
    depth: Depth,
    checks: z.object({ level: CheckLevel, percent: z.number() }),
    contact: Contact.optional(),
    ...ground,
  }),
  (recall, { depth, checks, contact = recall.contact }) => ({ ...recall, depth, checks, contact }),
)

export const RecallHazardEvaluated = Recall.fact(
  'RecallHazardEvaluated',
  Hazard.extend({ recallId: Recall.id, evaluatedBy: z.string(), evaluatedAt: Instant }),
  (recall, { recallId: _, ...hazard }) => ({ ...recall, hazard }),
)

export const RecallBalanceExplained = Recall.fact(
  'RecallBalanceExplained',
  Explanation.extend({ recallId: Recall.id }),
  (recall, { recallId: _, ...explanation }) => ({
    ...recall,
    explanations: [...recall.explanations, explanation],
  }),
)

/** The consignees to check for effectiveness were picked. */
export const RecallSampleDrawn = Recall.fact(
  'RecallSampleDrawn',
  Sample.extend({ recallId: Recall.id }),
  (recall, { recallId: _, ...sample }) => ({ ...recall, sample }),
)

/** What is to be done was written down, or written anew: reports say what was said last. */
export const RecallPlanned = Recall.fact(
  'RecallPlanned',
  z.object({ recallId: Recall.id, plan: Plan, by: z.string(), at: Instant }),
  (recall, { plan, by, at }) => ({ ...recall, plan: { ...plan, by, at } }),
)
