import * as z from 'zod'
import { entity, refuse, refused, type StoredEdge, shared } from '#kit'
import { Market } from './market.ts'
import { Contact } from './partner.ts'
import { Instant, Line, Reason } from './values.ts'

const Counts = z.object({
  lots: z.number(),
  units: z.number(),
  customers: z.number(),
  suppliers: z.number(),
})

/** What gave rise to the suspicion. */
export const Source = z.strictObject({
  kind: z.enum(['nonconformance', 'complaint', 'supplier-notice', 'telemetry', 'person']),
  /** Its number or id, as the person who opened the case knows it. */
  reference: Line.optional(),
})

/** How far down the distribution chain the recall reaches (21 CFR 7.42(b)(1)). */
export const Depth = z.enum(['consumer', 'retail', 'wholesale'])

/** Effectiveness checks (21 CFR 7.42(b)(3)): A all consignees, B a share set for the case, C 10 %, D 2 %, E none. */
export const CheckLevel = z.enum(['A', 'B', 'C', 'D', 'E'])

/** Events in the life of a case from which regulators count their terms. */
export const Milestone = z.enum([
  'decided',
  'initiated',
  'extended',
  'completed',
  'serious-incident',
  'death-or-deterioration',
  'public-health-threat',
  'tracking-asked-before-use',
  'tracking-asked-in-use',
])
export type Milestone = z.infer<typeof Milestone>

/** What a person did to the case, why and when. */
export const ground = { reason: Reason, by: z.string(), at: Instant }

/** A health hazard evaluation, by the factors of 21 CFR 7.41(a). */
export const Hazard = z.object({
  harm: Reason,
  severity: z.enum(['negligible', 'minor', 'serious', 'critical', 'fatal']),
  likelihood: z.enum(['every-time', 'reasonable-probability', 'may-occur', 'remote', 'unlikely']),
  /** Who is exposed, and who of them most: children, surgical patients, ... */
  atRisk: Reason,
  injuries: z.number().int().min(0),
  deaths: z.number().int().min(0),
  consequences: z.enum(['immediate', 'long-range', 'both']),
  conclusion: Reason,
})

/** Why a quantity that nobody found may stay unfound, signed by a person. */
export const Explanation = z.object({
  ...ground,
  /** The consignee where it is open; in the house where there is none. */
  partnerId: z.string().optional(),
  lotId: z.string(),
  quantity: z.number(),
})

/** A sample of consignees to check: what is needed to draw it again. */
export const Sample = z.object({
  seed: z.string(),
  percent: z.number(),
  consignees: z.number().int(),
  sampled: z.number().int(),
  /** SHA-256 of the consignees among whom it was drawn. */
  population: z.string(),
  drawnAt: Instant,
})

/** Partitions of a scope at most: of a quarter of a million nodes each still holds what one page can tell. */
export const mostShards = 512

/** Which of these partitions a page shows. */
export const ScopePage = z.coerce
  .number()
  .int()
  .min(0)
  .max(mostShards - 1)
  .default(0)

/** Nodes frozen at first, and those that came to be in the meantime: found by tracing again, and frozen too. */
const Frozen = z.object({ traced: z.number().int(), late: z.number().int() })

/** One recall or drill: the case as data; state machines only do bounded work on it. */
export const Recall = entity('recall', {
  area: 'recall',
  prefix: 'rcl',
  state: z.object({
    title: Line,
    reason: Reason,
    /** A drill runs the same code on the same scope, and sends nothing outside. */
    drill: z.boolean(),
    source: Source,
    /** Whom consignees and authorities ask; also told when a term is missed. */
    contact: Contact.optional(),
    /** Genealogy nodes from which the scope is traced; in an interval as `<id>@<from>/<until>`. */
    seeds: z.array(z.string()),
    /** Seeds that were added later; they stand in `seeds` too. */
    extensions: z.array(z.object({ ...ground, seeds: z.array(z.string()) })),
    /** Lots that suspicion does not enter, each for a reason that somebody gave. */
    exclusions: z.array(z.object({ ...ground, lotId: z.string() })),
    /** Machines take a case from one status to the next; an extension takes it through all of them again. */
    status: z.enum(['opened', 'scoped', 'frozen', 'notified', 'closed']),
    /** The class in each market that has one. */
    classes: z.array(z.object({ market: Market, class: z.string(), ...ground })),
    depth: Depth.optional(),
    checks: z.object({ level: CheckLevel, percent: z.number() }).optional(),
    hazard: Hazard.extend({ evaluatedBy: z.string(), evaluatedAt: Instant }).optional(),
    milestones: z.array(z.object({ name: Milestone, at: Instant })),
    explanations: z.array(Explanation),
    sample: Sample.optional(),
    /** Partitions in which scope and parties are kept; fixed when the scope is first known. */
    shards: z.number().int().optional(),
    counts: Counts.optional(),
    /** SHA-256 of the scope: equal scopes have equal fingerprints, drill or real. */
    fingerprint: z.string().optional(),
    openedAt: Instant,
    frozenAt: Instant.optional(),
    frozen: Frozen.optional(),
    notifiedAt: Instant.optional(),
    closedAt: Instant.optional(),
    /** A step of the state machine that gave up; people must look. */
    failure: z.string().optional(),
  }),
  example: {
    title: 'Battery cells swell',
    reason: 'Supplier found electrolyte leaks in this lot',
    drill: true,
    source: { kind: 'supplier-notice', reference: 'SN-17' },
    seeds: ['lot_00000000000000000000000001'],
    extensions: [],
    exclusions: [],
    status: 'opened',
    classes: [],
    milestones: [{ name: 'decided', at: '2026-03-01T08:00:00.000Z' }],
    explanations: [],
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
    source: Source.default({ kind: 'person' }),
    contact: Contact.optional(),
    depth: Depth.optional(),
    seeds: z.array(z.string()),
    exclusions: z.array(z.object({ ...ground, lotId: z.string() })).default([]),
    openedAt: Instant,
  }),
  ({ recallId: _, ...rest }) => ({
    ...rest,
    status: 'opened',
    extensions: [],
    classes: [],
    milestones: [{ name: 'decided', at: rest.openedAt }],
    explanations: [],
  }),
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
    frozen: Frozen,
    /** Nodes that came to be between trace and freeze. */
    late: z.array(z.string()),
    counts: Counts,
    fingerprint: z.string(),
  }),
  (recall, { frozenAt, frozen, counts, fingerprint }) => ({
    ...{ ...recall, status: 'frozen', frozenAt, frozen, counts, fingerprint },
  }),
)

export const RecallNotified = Recall.fact(
  'RecallNotified',
  z.object({ recallId: Recall.id, notifiedAt: Instant, parties: z.number().int() }),
  (recall, { notifiedAt }) => ({
    ...recall,
    status: 'notified',
    notifiedAt,
    milestones: reached(recall.milestones, recall.notifiedAt ? [] : [{ name: 'initiated', at: notifiedAt }]),
  }),
)

/** More is suspect: the machine takes the case through scope, freeze and notices once more. */
export const RecallExtended = Recall.fact(
  'RecallExtended',
  z.object({ recallId: Recall.id, ...ground, seeds: z.array(z.string()) }),
  (recall, { recallId: _, ...extension }) => ({
    ...recall,
    status: 'opened',
    seeds: [...recall.seeds, ...extension.seeds],
    extensions: [...recall.extensions, extension],
    milestones: reached(recall.milestones, [{ name: 'extended', at: extension.at }]),
  }),
)

/** Something happened from which a regulator's term runs, and became known `at`. */
export const RecallMilestoneReached = Recall.fact(
  'RecallMilestoneReached',
  z.object({ recallId: Recall.id, milestone: Milestone, at: Instant, note: Reason, by: z.string() }),
  (recall, { milestone, at }) => ({ ...recall, milestones: reached(recall.milestones, [{ name: milestone, at }]) }),
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

/** Milestones in the order of their time, each name and time once. */
function reached(
  known: RecallState['milestones'],
  fresh: readonly RecallState['milestones'][number][],
): RecallState['milestones'] {
  const added = fresh.filter(({ name, at }) => !known.some((one) => one.name === name && one.at === at))
  return [...known, ...added].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
}

/** Nodes that suspicion does not enter. */
export const excludedFrom = ({ exclusions }: RecallState) => exclusions.map(({ lotId }) => lotId)

/** Refuses to change a case that is closed. */
export const closedAlready = ({ title, status, closedAt }: RecallState) =>
  status === 'closed' ? refuse('recall-closed', { title, closedAt }) : undefined

export const recallRefusals = shared({
  'recall-closed': refused(
    'Recall "{title}" was closed on {closedAt}. Open a new recall if more is found.',
    '召回“{title}”已于 {closedAt} 关闭。如有新发现请另开召回。',
  ),
})

/** Customers that got, and suppliers that delivered, something in scope, with the edges that say so. */
export function partiesOf(seeds: readonly string[], edges: readonly StoredEdge[]) {
  const suspect = new Set(seeds)
  const told = edges.filter(
    ({ kind, from, to }) => kind === 'ship' || (kind === 'receive' && (suspect.has(from) || suspect.has(to))),
  )
  const crossing = told.filter((edge): edge is StoredEdge & { party: string } => edge.party !== undefined)
  return Map.groupBy(crossing, ({ party }) => party)
}
