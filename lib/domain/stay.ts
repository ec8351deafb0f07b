import * as z from 'zod'
import { entity, exact, type FactType, type Loaded } from '#kit'
import { EquipmentRepaired } from './equipment.ts'
import { LotInspected, LotProduced, LotReceived, LotReturned, LotReworked } from './lot.ts'
import {
  LotBlended,
  LotCounted,
  LotDestroyed,
  LotMerged,
  LotMoved,
  LotScrapped,
  LotSplit,
  LotSplitOff,
} from './lot-stock.ts'
import { MaterialIssued, MaterialReturned } from './order.ts'
import { LotsPacked, PackMoved, PackOpened } from './pack.ts'
import { LotServiced } from './servicing.ts'
import { ShipmentDelivered, ShipmentDispatched } from './shipment.ts'
import { Instant } from './values.ts'

/** Where some of it came from: another place of the lot, or another lot that it was made of. */
const Arrival = z.object({ lotId: z.string(), place: z.string(), at: Instant })

/** A change of the quantity that stands there, and the fact that made it. */
const Change = z.object({ at: Instant, change: z.number(), by: z.string() })

const Span = z.object({ from: Instant, until: Instant })

/** All the times in which some of a lot stood at one place: a location, pack, shipment, order or customer. */
export const Stay = entity('stay', {
  area: 'warehouse',
  prefix: 'sty',
  state: z.object({
    lotId: z.string(),
    itemId: z.string(),
    place: z.string(),
    /** What stood there before the changes below, and since when. */
    base: z.number(),
    since: Instant.optional(),
    /** Times before the changes below, oldest first. */
    past: z.array(Span),
    /** By time, however they came. */
    changes: z.array(Change),
    arrivals: z.array(Arrival),
    /** Lots that some of it became here, where there are any. */
    into: z.array(z.string()).optional(),
  }),
  example: {
    lotId: 'lot_00000000000000000000000001',
    itemId: 'itm_00000000000000000000000001',
    place: 'loc_00000000000000000000000001',
    base: 0,
    past: [],
    changes: [{ at: '2026-03-01T08:00:00.000Z', change: 100, by: '5f2b0c9de1aa' }],
    arrivals: [],
  },
  // Who is there now, and day by day who went: what came late is judged for those who were there then.
  worklist: (stay) => {
    const end = endOf(stay)
    return end === undefined ? stay.place : leftOn(stay.place, end)
  },
  group: ({ lotId }) => lotId,
  unique: { place: ({ lotId, place }) => `${lotId} ${place}` },
})

export type StayState = z.infer<typeof Stay.schema>

/** Worklist of those who left a place on a day. */
export const leftOn = (place: string, at: string) => `${place} ${at.slice(0, 10)}`

const Noted = z.object({
  stayId: Stay.id,
  lotId: z.string(),
  itemId: z.string(),
  place: z.string(),
  changes: z.array(Change),
  arrivals: z.array(Arrival),
  into: z.array(z.string()).optional(),
})

/** Some of a lot came to a place for the first time. */
export const StayBegan = Stay.born('StayBegan', Noted, ({ stayId: _, changes, arrivals, ...stay }) =>
  noted({ ...stay, base: 0, past: [], changes: [], arrivals: [] }, { changes, arrivals }),
)

/** Some of a lot came to a place or left it, where some of it had been before. */
export const StayChanged = Stay.fact('StayChanged', Noted, ({ id: _, ...stay }, fresh) => noted(stay, fresh))

/** Changes that a stay keeps; older ones are folded into the times that they made. */
const mostChanges = 120
/** Times that are over, of which a stay keeps this many. */
const mostPast = 60

const byTime = (a: z.infer<typeof Change>, b: z.infer<typeof Change>) =>
  a.at === b.at ? (a.by < b.by ? -1 : 1) : a.at < b.at ? -1 : 1

function noted(stay: StayState, fresh: Pick<StayState, 'changes' | 'arrivals' | 'into'>): StayState {
  const changes = [...stay.changes, ...fresh.changes].sort(byTime)
  const into = [...new Set([...(stay.into ?? []), ...(fresh.into ?? [])])]
  const arrivals = fresh.arrivals.reduce(arrived, stay.arrivals)
  return folded({ ...stay, changes, arrivals, ...(into.length > 0 ? { into } : {}) })
}

/** The last time at which some of it came from there: what stood there until then may be in it. */
function arrived(arrivals: StayState['arrivals'], one: z.infer<typeof Arrival>): StayState['arrivals'] {
  const same = arrivals.find(({ lotId, place }) => lotId === one.lotId && place === one.place)
  if (same && same.at >= one.at) return arrivals
  return [...arrivals.filter((other) => other !== same), one]
}

function folded(stay: StayState): StayState {
  if (stay.changes.length <= mostChanges) return stay
  const [old, changes] = [stay.changes.slice(0, mostChanges / 2), stay.changes.slice(mostChanges / 2)]
  const times = timesOf({ ...stay, changes: old })
  const open = times.find(({ until }) => until === undefined)
  const past = times.filter((span): span is z.infer<typeof Span> => span.until !== undefined)
  const base = exact(old.reduce((sum, { change }) => sum + change, stay.base))
  return { ...stay, base, since: open?.from, past: past.slice(-mostPast), changes }
}

/** A time in which some of a lot stood somewhere; without an end while it still does. */
export interface Time {
  readonly from: string
  readonly until?: string | undefined
}

/** The times in which some of the lot was there, oldest first. */
export function timesOf({ base, since, past, changes }: StayState): Time[] {
  const times: Time[] = [...past]
  let [quantity, from] = [base, since]
  for (const { at, change } of changes) {
    quantity = exact(quantity + change)
    if (quantity > 0) from ??= at
    else if (from !== undefined) {
      if (from < at) times.push({ from, until: at })
      from = undefined
    }
  }
  return from === undefined ? times : [...times, { from }]
}

/** When the last of it left; undefined while some is there. */
export function endOf(stay: StayState): string | undefined {
  const times = timesOf(stay)
  const last = times.at(-1)
  return last ? last.until : (stay.changes.at(-1)?.at ?? stay.since)
}

/** What changed of a lot at one place. */
export interface Moved {
  readonly lotId: string
  readonly itemId: string
  readonly place: string
  /** Each by its fact, as short as that is still distinct. */
  readonly changes: StayState['changes']
  readonly arrivals: StayState['arrivals']
  /** Lots that some of it became. */
  readonly into?: string[]
}

/** Facts by which lots come to a place or leave it. */
export const movingFacts = [
  ...[LotReceived, LotProduced, LotReworked, LotInspected, LotReturned],
  ...[LotMoved, LotCounted, LotScrapped, LotDestroyed, LotSplit, LotMerged, LotSplitOff, LotBlended],
  ...[LotsPacked, PackMoved, PackOpened, ShipmentDispatched, ShipmentDelivered],
  ...[MaterialIssued, MaterialReturned, EquipmentRepaired, LotServiced],
] as const satisfies readonly FactType[]

const byType = new Map<string, FactType>(movingFacts.map((fact) => [fact.type, fact]))

/** Fields that say when it happened, where the posting was later: the first that is there. */
const timeFields = [
  ...['happenedAt', 'shippedAt', 'deliveredAt', 'openedAt', 'packedAt', 'receivedAt', 'producedAt'],
  ...['destroyedAt', 'repairedAt', 'servicedAt'],
]

/** Places that sensors may watch, and those from which it may come back. */
const isFollowed = (place: string | undefined): place is string => /^(loc|pck|shp|ord|ptr)_/.test(place ?? '')

/** A fact as it comes from the bus. */
export const MovingFact = z.object({
  type: z.string(),
  at: Instant,
  hash: z.string(),
  data: z.record(z.string(), z.unknown()),
})

export const MovingFacts = z.object({ facts: z.array(MovingFact) })

/** What is read, done and decided is all by the moves of the same facts. */
const known = new WeakMap<object, readonly Moved[]>()

/** What facts changed at the places that are followed, once a lot and place. */
export function movesOf(moving: z.infer<typeof MovingFacts>): readonly Moved[] {
  const moves = known.get(moving) ?? joined(moving.facts.flatMap(movesOfOne))
  known.set(moving, moves)
  return moves
}

/** What is packed stays where the pack stands until that leaves. */
function movesOfOne({ type, at, hash, data }: z.infer<typeof MovingFact>): Moved[] {
  const fact = byType.get(type)
  if (!fact) return []
  const told = timeFields.map((field) => data[field]).find((time) => typeof time === 'string')
  const when = new Date(told ?? at).toISOString()
  if (type === PackMoved.type) return carriedBy(PackMoved.schema.parse(data), when, hash)
  const moves = fact.stock?.(fact.schema.parse(data)) ?? []
  const all = moves.flatMap(({ lotId, itemId, quantity, from, to }) => {
    const standing = type === 'ShipmentDispatched' ? standingOf(data, lotId, from) : undefined
    const leaves = type === 'LotsPacked' ? undefined : (standing ?? from)
    const comes = type === 'PackOpened' ? undefined : to
    const sources = [...new Set([from, standing])].filter(isFollowed).map((place) => ({ lotId, place, at: when }))
    const by = (change: number) => [{ at: when, change, by: hash.slice(0, 12) }]
    const some = { lotId, itemId }
    const into = typeof data.newLotId === 'string' ? [data.newLotId] : []
    return [
      ...(isFollowed(leaves) ? [{ ...some, place: leaves, changes: by(-quantity), arrivals: [], into }] : []),
      ...(isFollowed(comes) ? [{ ...some, place: comes, changes: by(quantity), arrivals: sources }] : []),
    ]
  })
  return all.map((one) => ({ ...one, arrivals: [...one.arrivals, ...madeOf(type, data, one.place, when)] }))
}

/** What is in a pack goes where the pack goes: it stays in the pack, which stands elsewhere from then on. */
function carriedBy({ from, to, contents }: z.infer<typeof PackMoved.schema>, at: string, hash: string): Moved[] {
  return contents.flatMap(({ lotId, itemId, quantity, packId }) => {
    const by = (change: number) => [{ at, change, by: hash.slice(0, 12) }]
    return [
      { lotId, itemId, place: from, changes: by(-quantity), arrivals: [] },
      { lotId, itemId, place: to, changes: by(quantity), arrivals: [{ lotId, place: from, at }] },
      { lotId, itemId, place: packId, changes: by(0), arrivals: [{ lotId, place: to, at }] },
    ]
  })
}

/** Where the pack stood out of which a line was shipped. */
function standingOf(data: Record<string, unknown>, lotId: string, from: string | undefined): string | undefined {
  const lines = data.lines as readonly { lotId: string; from: string; standing?: string }[]
  return lines.find((line) => line.lotId === lotId && line.from === from)?.standing
}

/** The lots that a split or merge made a lot of: what those bore, it bears. */
function madeOf(type: string, data: Record<string, unknown>, place: string, at: string): StayState['arrivals'] {
  if (type === 'LotSplitOff') return [{ lotId: data.fromLotId as string, place, at }]
  if (type !== 'LotBlended') return []
  const parts = data.parts as readonly { lotId: string; locationId?: string }[]
  return parts.map(({ lotId, locationId = place }) => ({ lotId, place: locationId, at }))
}

/** A transaction writes each stay once, and a stay has one change a fact. */
function joined(moves: readonly Moved[]): Moved[] {
  const groups = Map.groupBy(moves, ({ lotId, place }) => keyOf(lotId, place))
  return [...groups.values()].map((some) => ({
    ...some[0]!,
    changes: [
      ...Map.groupBy(
        some.flatMap(({ changes }) => changes),
        ({ by }) => by,
      ).values(),
    ].map(summed),
    arrivals: some.flatMap(({ arrivals }) => arrivals),
    into: some.flatMap(({ into = [] }) => into),
  }))
}

const summed = (changes: StayState['changes']) => ({
  ...changes[0]!,
  change: exact(changes.reduce((sum, { change }) => sum + change, 0)),
})

/** The fact that notes a move at its stay; nothing where all of it was noted before. */
export function noteMove(
  { changes, into = [], ...move }: Moved,
  known: Loaded<StayState> | undefined,
  newId: () => string,
) {
  const fresh = changes.filter(({ by }) => !known?.changes.some((one) => one.by === by))
  if (fresh.length === 0) return []
  const noted = { ...move, changes: fresh, ...(into.length > 0 ? { into } : {}) }
  return [known ? StayChanged({ ...noted, stayId: known.id }) : StayBegan({ ...noted, stayId: newId() })]
}

/** A time of some of a lot at a place, on its way to where it is. */
export interface Leg extends Time {
  readonly place: string
}

const keyOf = (lotId: string, place: string) => `${lotId} ${place}`
const isPack = (place: string) => place.startsWith('pck_')

/**
 * Everywhere that what is (or was last) at a place of a lot may have been before, with the times: along its arrivals,
 * and through the lots that it was made of. `stays` are those of the lot and of these lots.
 */
export function legsTo(stays: readonly StayState[], lotId: string, place: string): Leg[] {
  const byKey = new Map(stays.map((stay) => [keyOf(stay.lotId, stay.place), stay]))
  const limits = new Map<string, string>()
  const left: { key: string; limit: string; begins?: boolean }[] = [{ key: keyOf(lotId, place), limit: '9999' }]
  for (let next = left.pop(); next; next = left.pop()) {
    const { key, limit, begins } = next
    if ((limits.get(key) ?? '') >= limit) continue
    limits.set(key, limit)
    const stay = byKey.get(key)
    const arrivals = begins ? [] : (stay?.arrivals ?? [])
    for (const one of arrivals) {
      if (one.at > limit) continue
      const source = keyOf(one.lotId, one.place)
      // What is packed stands where the pack stands; what is shipped in a pack stays in it, and left where it stood.
      if (stay && isPack(stay.place)) left.push({ key: source, limit: nextOf(arrivals, one.at, limit) })
      else if (isPack(one.place)) left.push({ key: source, limit, begins: true })
      else left.push({ key: source, limit: one.at })
    }
  }
  const legs = [...limits].flatMap(([key, limit]) =>
    timesOf(byKey.get(key) ?? none)
      .filter(({ from }) => from < limit)
      .map(({ from, until }) => ({ place: byKey.get(key)!.place, from, until: earlier(until, limit) })),
  )
  return legs.sort((a, b) => (a.from === b.from ? (a.place < b.place ? -1 : 1) : a.from < b.from ? -1 : 1))
}

/** Until when a pack stood there that was put elsewhere; else the limit. */
const nextOf = (arrivals: StayState['arrivals'], at: string, limit: string): string =>
  [limit, ...arrivals.map((other) => other.at).filter((other) => other > at)].sort()[0]!

const none: StayState = { lotId: '', itemId: '', place: '', base: 0, past: [], changes: [], arrivals: [] }

const earlier = (until: string | undefined, limit: string) =>
  limit === '9999' || (until !== undefined && until < limit) ? until : limit
