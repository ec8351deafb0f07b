import * as z from 'zod'
import { entity, refused, type StoredEdge, shared } from '#kit'
import { Instant, Line, Reason } from './values.ts'

const Counts = z.object({
  lots: z.number(),
  units: z.number(),
  customers: z.number(),
  suppliers: z.number(),
})

/** One recall or drill: the case as data; state machines only do bounded work on it. */
export const Recall = entity('recall', {
  area: 'recall',
  prefix: 'rcl',
  state: z.object({
    title: Line,
    reason: Reason,
    /** A drill runs the same code on the same scope, and sends nothing outside. */
    drill: z.boolean(),
    /** Genealogy nodes from which the scope is traced. */
    seeds: z.array(z.string()),
    status: z.enum(['opened', 'scoped', 'frozen', 'notified', 'closed']),
    /** Partitions in which scope and parties are kept; fixed when the scope is first known. */
    shards: z.number().int().optional(),
    counts: Counts.optional(),
    /** SHA-256 of the scope: equal scopes have equal fingerprints, drill or real. */
    fingerprint: z.string().optional(),
    openedAt: Instant,
    frozenAt: Instant.optional(),
    notifiedAt: Instant.optional(),
    closedAt: Instant.optional(),
    /** A step of the state machine that gave up; people must look. */
    failure: z.string().optional(),
  }),
  example: {
    title: 'Battery cells swell',
    reason: 'Supplier found electrolyte leaks in this lot',
    drill: true,
    seeds: ['lot_00000000000000000000000001'],
    status: 'opened',
    openedAt: '2026-03-01T08:00:00.000Z',
  },
  worklist: ({ status }) => status,
})

export type RecallState = z.infer<typeof Recall.schema>

export const RecallOpened = Recall.born(
  'RecallOpened',
  z.object({
    recallId: Recall.id,
    title: Line,
    reason: Reason,
    drill: z.boolean(),
    seeds: z.array(z.string()),
    openedAt: Instant,
  }),
  ({ recallId: _, ...rest }) => ({ ...rest, status: 'opened' }),
)

export const RecallScoped = Recall.fact(
  'RecallScoped',
  z.object({ recallId: Recall.id, shards: z.number().int(), counts: Counts, fingerprint: z.string() }),
  (recall, { shards, counts, fingerprint }) => ({ ...recall, status: 'scoped', shards, counts, fingerprint }),
)

export const RecallFrozen = Recall.fact(
  'RecallFrozen',
  z.object({
    recallId: Recall.id,
    epoch: z.number().int(),
    frozenAt: Instant,
    /** Nodes that came to be between trace and freeze, found by tracing again. */
    late: z.array(z.string()),
    counts: Counts,
    fingerprint: z.string(),
  }),
  (recall, { frozenAt, counts, fingerprint }) => ({ ...recall, status: 'frozen', frozenAt, counts, fingerprint }),
)

export const RecallNotified = Recall.fact(
  'RecallNotified',
  z.object({ recallId: Recall.id, notifiedAt: Instant, parties: z.number().int() }),
  (recall, { notifiedAt }) => ({ ...recall, status: 'notified', notifiedAt }),
)

export const RecallStepFailed = Recall.fact(
  'RecallStepFailed',
  z.object({ recallId: Recall.id, error: z.string(), cause: z.string() }),
  (recall, { error, cause }) => ({ ...recall, failure: `${error}: ${cause}`.slice(0, 1000) }),
)

export const RecallClosed = Recall.fact(
  'RecallClosed',
  z.object({ recallId: Recall.id, conclusion: Reason, closedAt: Instant, drill: z.boolean(), unexplained: z.number() }),
  (recall, { closedAt }) => ({ ...recall, status: 'closed', closedAt }),
)

export const recallRefusals = shared({
  'recall-closed': refused(
    'Recall "{title}" was closed on {closedAt}. Open a new recall if more is found.',
    '召回“{title}”已于 {closedAt} 关闭。如有新发现请另开召回。',
  ),
})

/** Nodes that a freeze can hold: what has stock, what makes lots, and what may still be received. */
export const isFreezable = (node: string) => /^(lot_|ord_|supplier-lot:)/.test(node)

/** Customers that got, and suppliers that delivered, something in scope, with the edges that say so. */
export function partiesOf(seeds: readonly string[], edges: readonly StoredEdge[]) {
  const suspect = new Set(seeds)
  const told = edges.filter(
    ({ kind, from, to }) => kind === 'ship' || (kind === 'receive' && (suspect.has(from) || suspect.has(to))),
  )
  const crossing = told.filter((edge): edge is StoredEdge & { party: string } => edge.party !== undefined)
  return Map.groupBy(crossing, ({ party }) => party)
}
