import * as z from 'zod'
import { entity, refuse, refused, type StoredEdge, shared } from '#kit'
import { Evidence } from './condition.ts'
import { DrillResult } from './drill-result.ts'
import { Market } from './market.ts'
import { Contact } from './partner.ts'
import { Plan } from './recall-plan.ts'
import { Source } from './recall-source.ts'
import { Reconciled } from './reconciliation.ts'
import { Instant, Line, Reason } from './values.ts'

const Counts = z.object({
  lots: z.number(),
  units: z.number(),
  customers: z.number(),
  suppliers: z.number(),
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

/** What a pass changed in the scope: nodes and parties that entered, are known otherwise now, or left. */
const Change = z.object({
  entered: z.number().int(),
  regraded: z.number().int(),
  left: z.number().int(),
  parties: z.object({ entered: z.number().int(), changed: z.number().int(), left: z.number().int() }),
})

/** What is said of a pass over the scope. */
export const ScopePass = z.object({
  /** 1 is the first. */
  pass: z.number().int(),
  shards: z.number().int(),
  counts: Counts,
  /** SHA-256 of the scope: equal scopes have equal fingerprints, drill or real. */
  fingerprint: z.string(),
  /** SHA-256 of what the genealogy said: while it says the same, there is nothing to trace again. */
  signature: z.string(),
  change: Change,
  /** Some of the nodes that entered and left; pages of the change list all. */
  examples: z.object({ entered: z.array(z.string()).max(50), left: z.array(z.string()).max(50) }),
  /** What was shipped since the case was opened, and is in scope. */
  meanwhile: z.object({ lots: z.number().int(), shipments: z.number().int() }),
  /** A customer has more of it than it was told of: a supplement is due. */
  supplement: z.boolean(),
  /** Answers that named others who got it, taken into account. */
  passedOn: z.number().int(),
  /** Partitions with parties to tell. */
  touched: z.array(z.number().int()),
})
export type ScopePass = z.infer<typeof ScopePass>

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
    /** Who opened it. */
    openedBy: z.string().optional(),
    /** Genealogy nodes from which the scope is traced; in an interval as `<id>@<from>/<until>`. */
    seeds: z.array(z.string()),
    /** Why equipment among the seeds is suspect: when a condition held, as it was known when the seed was named. */
    evidence: z.array(Evidence).default([]),
    /** Seeds that followed from telemetry that came late, without anybody's decision; they stand in `seeds` too. */
    grown: z.array(z.string()).default([]),
    /** Seeds that were added later; they stand in `seeds` too. */
    extensions: z.array(z.object({ ...ground, seeds: z.array(z.string()) })),
    /** Lots that suspicion does not enter, each for a reason that somebody gave. */
    exclusions: z.array(z.object({ ...ground, lotId: z.string() })),
    /** A machine takes a case from one status to the next; what changes its scope takes it through all of them again. */
    status: z.enum(['opened', 'frozen', 'scoped', 'notified', 'closed']),
    /** The class in each market that has one. */
    classes: z.array(z.object({ market: Market, class: z.string(), ...ground })),
    depth: Depth.optional(),
    checks: z.object({ level: CheckLevel, percent: z.number() }).optional(),
    hazard: Hazard.extend({ evaluatedBy: z.string(), evaluatedAt: Instant }).optional(),
    /** What it sets out to do. */
    plan: Plan.extend({ by: z.string(), at: Instant }).optional(),
    milestones: z.array(z.object({ name: Milestone, at: Instant })),
    /** What the notices say was approved, as the hash of it: what is said later must be approved again. */
    approvals: z.array(z.object({ content: z.string(), by: z.string(), at: Instant })).default([]),
    explanations: z.array(Explanation),
    sample: Sample.optional(),
    /** Partitions in which scope and parties are kept; fixed when the scope is first known. */
    shards: z.number().int().optional(),
    counts: Counts.optional(),
    fingerprint: z.string().optional(),
    signature: z.string().optional(),
    /** How often the scope was written, and the last time. */
    pass: z.number().int().default(0),
    scopedAt: Instant.optional(),
    /** What the last pass changed. */
    change: Change.optional(),
    meanwhile: ScopePass.shape.meanwhile.optional(),
    /** The pass after which every party was told. */
    toldPass: z.number().int().default(0),
    /** Answers that named others who got it, and how many of them the scope knows of. */
    passedOn: z.number().int().default(0),
    passedOnInScope: z.number().int().default(0),
    /** What the last reconciliation of the whole scope found; absent where something changed since. */
    reconciled: Reconciled.optional(),
    /** How often people changed what is suspect. */
    changes: z.number().int().default(0),
    openedAt: Instant,
    frozenAt: Instant.optional(),
    frozen: Frozen.optional(),
    notifiedAt: Instant.optional(),
    closedAt: Instant.optional(),
    /** What a drill that measures itself showed. */
    drillResult: DrillResult.optional(),
    /** A step of the state machine that gave up; people must look. */
    failure: z.string().optional(),
  }),
  example: {
    title: 'Battery cells swell',
    reason: 'Supplier found electrolyte leaks in this lot',
    drill: true,
    source: { kind: 'supplier-notice', reference: 'SN-17' },
    seeds: ['lot_00000000000000000000000001'],
    evidence: [],
    grown: [],
    extensions: [],
    exclusions: [],
    status: 'opened',
    classes: [],
    milestones: [{ name: 'decided', at: '2026-03-01T08:00:00.000Z' }],
    approvals: [],
    explanations: [],
    pass: 0,
    toldPass: 0,
    passedOn: 0,
    passedOnInScope: 0,
    changes: 0,
    openedAt: '2026-03-01T08:00:00.000Z',
  },
  worklist: ({ status }) => status,
  group: ({ drillResult }) => (drillResult ? 'measured' : undefined),
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
    evidence: z.array(Evidence).default([]),
    exclusions: z.array(z.object({ ...ground, lotId: z.string() })).default([]),
    openedAt: Instant,
    by: z.string().optional(),
  }),
  ({ recallId: _, by: openedBy, ...rest }) => ({
    ...rest,
    openedBy,
    status: 'opened',
    extensions: [],
    classes: [],
    milestones: [{ name: 'decided', at: rest.openedAt }],
    approvals: [],
    explanations: [],
    ...{ pass: 0, toldPass: 0, passedOn: 0, passedOnInScope: 0, changes: 0, grown: [] },
  }),
)

/** Everything that suspicion can reach does not move any more; what of it is suspect indeed is graded next. */
export const RecallFrozen = Recall.fact(
  'RecallFrozen',
  z.object({ recallId: Recall.id, epoch: z.number().int(), frozenAt: Instant, frozen: Frozen }),
  (recall, { frozenAt, frozen }) => ({ ...recall, status: 'frozen', frozenAt: recall.frozenAt ?? frozenAt, frozen }),
)

/** The scope was traced and written: at first, and again whenever it changed. */
export const RecallScoped = Recall.fact(
  'RecallScoped',
  ScopePass.extend({ recallId: Recall.id, at: Instant }),
  (recall, { at, shards, pass, counts, fingerprint, signature, change, meanwhile, passedOn, supplement }) => ({
    ...recall,
    ...{ status: 'scoped', shards, pass, counts, fingerprint, signature, change, meanwhile },
    ...{ scopedAt: at, passedOnInScope: passedOn },
    milestones: reached(recall.milestones, supplement && !extendedSince(recall) ? [{ name: 'extended', at }] : []),
  }),
)

export const RecallNotified = Recall.fact(
  'RecallNotified',
  z.object({ recallId: Recall.id, notifiedAt: Instant, parties: z.number().int() }),
  (recall, { notifiedAt }) => ({
    ...recall,
    status: 'notified',
    notifiedAt,
    toldPass: recall.pass,
    failure: undefined,
    milestones: reached(recall.milestones, recall.notifiedAt ? [] : [{ name: 'initiated', at: notifiedAt }]),
  }),
)

/** More is suspect: the machine takes the case through scope, freeze and notices once more. */
/**
 * Telemetry that came late shows more of a condition than the case knew. What it knew stays; the machine goes through
 * all of it again.
 */
export const RecallEvidenceGrown = Recall.fact(
  'RecallEvidenceGrown',
  z.object({ recallId: Recall.id, seeds: z.array(z.string()), evidence: z.array(Evidence), at: Instant }),
  (recall, { seeds, evidence }) => ({
    ...recall,
    status: 'opened',
    changes: recall.changes + 1,
    evidence: [...recall.evidence, ...evidence],
    seeds: [...recall.seeds, ...seeds],
    grown: [...recall.grown, ...seeds],
  }),
)

export const RecallExtended = Recall.fact(
  'RecallExtended',
  z.object({ recallId: Recall.id, ...ground, seeds: z.array(z.string()), evidence: z.array(Evidence).default([]) }),
  (recall, { recallId: _, evidence, ...extension }) => ({
    ...recall,
    evidence: [...recall.evidence, ...evidence],
    status: 'opened',
    changes: recall.changes + 1,
    seeds: [...recall.seeds, ...extension.seeds],
    extensions: [...recall.extensions, extension],
    milestones: reached(recall.milestones, [{ name: 'extended', at: extension.at }]),
  }),
)

/** Some of it turned out to be good: it leaves the scope and is freed, with all that only it made suspect. */
export const RecallExclusionAdded = Recall.fact(
  'RecallExclusionAdded',
  z.object({ recallId: Recall.id, ...ground, lotId: z.string() }),
  (recall, { recallId: _, ...exclusion }) => ({
    ...recall,
    status: 'opened',
    changes: recall.changes + 1,
    exclusions: [...recall.exclusions, exclusion],
  }),
)

/** A consignee named others who got it from it: they are in the scope from the next pass on. */
export const RecallPassedOn = Recall.fact(
  'RecallPassedOn',
  z.object({ recallId: Recall.id, noticeId: z.string(), partnerIds: z.array(z.string()) }),
  (recall) => ({ ...recall, passedOn: recall.passedOn + 1 }),
)

/** Something happened from which a regulator's term runs, and became known `at`. */
export const RecallMilestoneReached = Recall.fact(
  'RecallMilestoneReached',
  z.object({ recallId: Recall.id, milestone: Milestone, at: Instant, note: Reason, by: z.string() }),
  (recall, { milestone, at }) => ({ ...recall, milestones: reached(recall.milestones, [{ name: milestone, at }]) }),
)

/** Somebody wants to know what is open; a machine goes through all partitions of the scope. */
export const RecallReconciliationAsked = Recall.fact(
  'RecallReconciliationAsked',
  z.object({ recallId: Recall.id, by: z.string(), at: Instant }),
  (recall) => ({ ...recall, reconciled: undefined }),
)

/** Every partition of the scope was accounted for. */
export const RecallReconciled = Recall.fact(
  'RecallReconciled',
  Reconciled.extend({ recallId: Recall.id }),
  (recall, { recallId: _, ...reconciled }) => ({ ...recall, reconciled }),
)

/** A party said something after all was accounted for: that must be done again. */
export const RecallReconciliationOutdated = Recall.fact(
  'RecallReconciliationOutdated',
  z.object({ recallId: Recall.id, noticeId: z.string() }),
  (recall) => ({ ...recall, reconciled: undefined }),
)

/** A drill was measured, just before it ends. */
export const RecallDrillMeasured = Recall.fact(
  'RecallDrillMeasured',
  z.object({ recallId: Recall.id, at: Instant, result: DrillResult }),
  (recall, { result }) => ({ ...recall, drillResult: result }),
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

/** Whether the supplement that is due for what is suspect now was called for already. */
const extendedSince = ({ milestones, scopedAt = '' }: RecallState) =>
  milestones.some(({ name, at }) => name === 'extended' && at > scopedAt)

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

/**
 * Customers that got, and suppliers that delivered, something in scope, with the edges that say so. What became suspect
 * only after it was shipped, by a service, is told to those where it went back into use.
 */
export function partiesOf(seeds: readonly string[], edges: readonly StoredEdge[]) {
  const suspect = new Set(seeds)
  const got = ({ from, party }: StoredEdge) => `${from} ${party}`
  const shipped = new Set(edges.filter(({ kind }) => kind === 'ship').map(got))
  const installed = new Map(edges.filter(({ kind }) => kind === 'install').map((edge) => [got(edge), edge]))
  const told = edges.filter((edge) => {
    if (edge.kind === 'install') return !shipped.has(got(edge)) && installed.get(got(edge)) === edge
    return edge.kind === 'ship' || (edge.kind === 'receive' && (suspect.has(edge.from) || suspect.has(edge.to)))
  })
  const crossing = told.filter((edge): edge is StoredEdge & { party: string } => edge.party !== undefined)
  return Map.groupBy(crossing, ({ party }) => party)
}
