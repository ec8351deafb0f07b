import * as z from 'zod'
import { type Context, canonical, entity, type Loaded } from '#kit'
import type { Breach } from './borne.ts'
import type { ItemState } from './item.ts'
import { Lot, type LotState, LotSuspected } from './lot.ts'
import { Nonconformance, NonconformanceRecorded } from './nonconformance.ts'
import { Borne, Excess, excessesOf, nothingBorne, sumOf, ThermalBudget } from './thermal-budget.ts'
import { Instant, StorageRange } from './values.ts'

const BreachShown = z.object({
  exposureId: z.string(),
  deviceId: z.string(),
  /** Location, pack or shipment where it was then. */
  place: z.string(),
  from: Instant,
  until: Instant.optional(),
  minutesAbove: z.number(),
  minutesBelow: z.number(),
  peakC: z.number(),
})

const Assessment = z.object({
  borne: Borne,
  /** By time. */
  breaches: z.array(BreachShown),
  assessedAt: Instant,
})

/** What a lot bore outside its storage range, along everywhere it was; its id is that of the lot. */
export const ThermalRecord = entity('thermal-record', {
  area: 'quality',
  prefix: 'lot',
  state: Assessment.extend({
    itemId: z.string(),
    /** Range and budget that held at the first breach; they judge the lot to its end. */
    range: StorageRange.optional(),
    budget: ThermalBudget.optional(),
    /** What was borne in breaches that are no longer listed one by one. */
    earlier: Borne,
    /** The limits that are passed now, */
    excesses: z.array(Excess),
    /** and the nonconformance that the last passing made, with the exposures that it knew of. */
    nonconformanceId: z.string().optional(),
    judgedExposureIds: z.array(z.string()),
  }),
  example: {
    itemId: 'itm_00000000000000000000000001',
    range: { minC: 2, maxC: 8 },
    budget: { minutesAbove: 60 },
    borne: { minutesAbove: 30, minutesBelow: 0, longestMinutes: 30, highestC: 11 },
    breaches: [
      {
        ...{ exposureId: 'exp_00000000000000000000000001', deviceId: 'dev_00000000000000000000000001' },
        place: 'loc_00000000000000000000000001',
        ...{ from: '2026-03-02T07:00:00.000Z', until: '2026-03-02T07:30:00.000Z' },
        ...{ minutesAbove: 30, minutesBelow: 0, peakC: 11 },
      },
    ],
    assessedAt: '2026-03-02T07:30:05.000Z',
    earlier: nothingBorne,
    excesses: [],
    judgedExposureIds: [],
  },
  worklist: ({ excesses }) => (excesses.length > 0 ? 'exceeded' : 'within'),
  group: ({ itemId }) => itemId,
})

export type ThermalRecordState = z.infer<typeof ThermalRecord.schema>

const Assessed = Assessment.extend({ thermalRecordId: Lot.id, excesses: z.array(Excess) })

export const ThermalRecordBegan = ThermalRecord.born(
  'ThermalRecordBegan',
  Assessed.extend({ itemId: z.string(), range: StorageRange.optional(), budget: ThermalBudget.optional() }),
  ({ thermalRecordId: _, ...state }) => listed({ ...state, earlier: nothingBorne, judgedExposureIds: [] }),
)

const reassessed = (state: ThermalRecordState, { borne, breaches, assessedAt, excesses }: z.infer<typeof Assessed>) =>
  listed({ ...state, borne, breaches, assessedAt, excesses })

/**
 * More was borne, or the same still. Not kept: the exposures say so themselves. Written nevertheless, so that an
 * assessment that read before this one cannot be written after it.
 */
export const ThermalRecordGrew = ThermalRecord.fact(
  'ThermalRecordGrew',
  Assessed,
  ({ id: _, ...state }, data) => reassessed(state, data),
  { kept: false },
)

/** Readings that came late, or a stay that was told late, changed what was recorded; `before` is what it was until then. */
export const ThermalRecordRevised = ThermalRecord.fact(
  'ThermalRecordRevised',
  Assessed.extend({ before: Borne }),
  ({ id: _, ...state }, data) => reassessed(state, data),
)

/** The lot bore more than its budget: it is held, and quality decides. */
export const ThermalBudgetExceeded = ThermalRecord.fact(
  'ThermalBudgetExceeded',
  z.object({
    thermalRecordId: Lot.id,
    itemId: z.string(),
    excesses: z.array(Excess),
    borne: Borne,
    exposureIds: z.array(z.string()),
    nonconformanceId: z.string(),
    exceededAt: Instant,
  }),
  ({ id: _, ...state }, { nonconformanceId, exposureIds }) => ({
    ...state,
    nonconformanceId,
    judgedExposureIds: exposureIds,
  }),
)

/** Every fact that assessing a lot may bring about. */
export const thermalFacts = [
  ...[ThermalRecordBegan, ThermalRecordGrew, ThermalRecordRevised, ThermalBudgetExceeded],
  ...[NonconformanceRecorded, LotSuspected],
] as const

/** Breaches that a record lists one by one. */
const mostBreaches = 300

/** What is too much to list is summed up. */
function listed(state: ThermalRecordState): ThermalRecordState {
  if (state.breaches.length <= mostBreaches) return state
  const [old, breaches] = [state.breaches.slice(0, -mostBreaches), state.breaches.slice(-mostBreaches)]
  return { ...state, breaches, earlier: old.reduce((sum, breach) => sumOf(sum, alone(breach)), state.earlier) }
}

const alone = ({ minutesAbove, minutesBelow, peakC }: Breach): Borne => ({
  ...{ minutesAbove, minutesBelow, longestMinutes: Math.max(minutesAbove, minutesBelow) },
  ...(minutesAbove > 0 ? { highestC: peakC } : {}),
  ...(minutesBelow > 0 ? { lowestC: peakC } : {}),
})

/** What the parts of a lot bore, as their stays, exposures and readings say now. */
export interface Found {
  readonly borne: Borne
  readonly breaches: readonly Breach[]
  /** Lots that were made of it: what it bore until then, they bear. */
  readonly into: readonly string[]
}

/** The range and budget by which a lot is judged: those of its first breach, before it those of its item. */
export const judgedBy = (record: ThermalRecordState | undefined, item: Pick<ItemState, 'storage' | 'thermalBudget'>) =>
  record ? { range: record.range, budget: record.budget } : { range: item.storage, budget: item.thermalBudget }

/** The facts that bring the record of a lot up to what was found; over its budget, the lot is held, once. */
export function assess(
  lot: Loaded<LotState>,
  item: ItemState,
  record: ThermalRecordState | undefined,
  found: Found,
  { now, newId }: Pick<Context, 'now' | 'newId'>,
) {
  const { range, budget } = judgedBy(record, item)
  const borne = record ? sumOf(record.earlier, found.borne) : found.borne
  const excesses = budget ? excessesOf(budget, borne) : []
  if (!record && found.breaches.length === 0 && excesses.length === 0) return []
  const assessed = { thermalRecordId: lot.id, borne, breaches: [...found.breaches], excesses, assessedAt: now }
  const facts = [
    ...(record ? changes(record, assessed) : [ThermalRecordBegan({ ...assessed, itemId: lot.itemId, range, budget })]),
  ]
  if (excesses.length === 0 || !isNews(lot, record, found)) return facts
  const nonconformanceId = newId(Nonconformance)
  const exposureIds = found.breaches.map(({ exposureId }) => exposureId)
  const about = { itemId: lot.itemId, excesses, borne, exposureIds, nonconformanceId, exceededAt: now }
  const title = `Thermal budget exceeded: ${[lot.number, lot.serial].filter(Boolean).join(' / ')}`.slice(0, 200)
  return [
    ...facts,
    ThermalBudgetExceeded({ ...about, thermalRecordId: lot.id }),
    NonconformanceRecorded({
      ...{ nonconformanceId, title, description: told(excesses), foundAt: foundAt(found), recordedBy: 'lotline' },
      ...{ lotIds: [lot.id], equipmentIds: [], exposureIds: exposureIds.slice(-20), recordedAt: now },
      deviceIds: [...new Set(found.breaches.map(({ deviceId }) => deviceId))].slice(-20),
    }),
    LotSuspected({ lotId: lot.id, nonconformanceId, reason: title }),
  ]
}

/** Whether nobody was told yet: not by a nonconformance that is open, nor by one that knew of all these exposures. */
function isNews({ nonconformanceIds = [] }: LotState, record: ThermalRecordState | undefined, { breaches }: Found) {
  if (record?.nonconformanceId === undefined) return true
  if (nonconformanceIds.includes(record.nonconformanceId)) return false
  return breaches.some(({ exposureId }) => !record.judgedExposureIds.includes(exposureId))
}

function changes(record: ThermalRecordState, assessed: z.infer<typeof Assessed>) {
  return cameLate(record, assessed)
    ? [ThermalRecordRevised({ ...assessed, before: record.borne })]
    : [ThermalRecordGrew(assessed)]
}

/** Whether something that was settled is otherwise now, or began before the last look and was not seen by it. */
function cameLate(record: ThermalRecordState, { breaches }: z.infer<typeof Assessed>): boolean {
  const now = new Map(breaches.map((one) => [one.exposureId, one]))
  const before = new Set(record.breaches.map(({ exposureId }) => exposureId))
  const changed = record.breaches.some((one) => {
    const then = now.get(one.exposureId)
    return one.until === undefined
      ? !then || (then.until ?? '9999') < record.assessedAt
      : canonical(one) !== canonical(then)
  })
  return changed || breaches.some(({ exposureId, from }) => !before.has(exposureId) && from < record.assessedAt)
}

const words: Record<z.infer<typeof Excess>['what'], readonly [en: string, zh: string]> = {
  minutesAbove: ['minutes above the storage range', '高于储存范围的分钟数'],
  minutesBelow: ['minutes below the storage range', '低于储存范围的分钟数'],
  longestMinutes: ['minutes outside the storage range at a stretch', '连续超出储存范围的分钟数'],
  highestC: ['°C at the warmest', '最高温度 °C'],
  lowestC: ['°C at the coldest', '最低温度 °C'],
  meanKineticC: ['°C mean kinetic temperature of 30 days', '30 天平均动力学温度 °C'],
}

/** Says for people by how much which limit was passed. */
const told = (excesses: readonly z.infer<typeof Excess>[]) => {
  const say = (language: 0 | 1) =>
    excesses.map(
      ({ what, allowed, found }) => `${words[what][language]}: ${found} (${language ? '允许' : 'allowed'} ${allowed})`,
    )
  return `${say(0).join('; ')}. ${say(1).join('；')}。`
}

const foundAt = ({ breaches }: Found) => (breaches.at(-1)?.place.startsWith('shp_') ? 'transport' : 'storage')

/** A lot that is to be assessed, with others, because something about its climate changed. */
export const ThermalCheck = entity('thermal-check', {
  area: 'iot',
  prefix: 'thc',
  state: z.object({ lotIds: z.array(z.string()), exposureId: z.string().optional(), askedAt: Instant }),
  example: { lotIds: ['lot_00000000000000000000000001'], askedAt: '2026-03-02T07:00:00.000Z' },
})

const Check = z.object({
  thermalCheckId: ThermalCheck.id,
  lotIds: z.array(Lot.id),
  exposureId: z.string().optional(),
  askedAt: Instant,
})

export const ThermalCheckAsked = ThermalCheck.born(
  'ThermalCheckAsked',
  Check,
  ({ thermalCheckId: _, ...asked }) => asked,
)

/** More lots than one transaction can ask for: what follows asks for its part of them. */
export const ThermalCheckSpread = ThermalCheck.born(
  'ThermalCheckSpread',
  Check,
  ({ thermalCheckId: _, ...asked }) => asked,
)

/** Facts by which lots are asked to be assessed. */
export const checkFacts = [ThermalCheckAsked, ThermalCheckSpread] as const

/** Lots of one check: each that passes its budget is seven items of the transaction, its item one more; the next check two. */
const mostLots = 12
/** Checks of one transaction: two items each. */
const mostChecks = 45

/** Asks for these lots to be assessed, by one fact, however many they are. */
export function checkOf(
  lotIds: readonly string[],
  exposureId: string | undefined,
  { now, newId }: Pick<Context, 'now' | 'newId'>,
) {
  if (lotIds.length === 0) return []
  const ask = lotIds.length > mostLots ? ThermalCheckSpread : ThermalCheckAsked
  return [ask({ thermalCheckId: newId(ThermalCheck), lotIds: [...lotIds], exposureId, askedAt: now })]
}

/** Asks for these lots to be assessed, in parts that fit a transaction each. */
export function checksOf(
  lotIds: readonly string[],
  exposureId: string | undefined,
  { now, newId }: Pick<Context, 'now' | 'newId'>,
) {
  const wide = lotIds.length > mostLots * mostChecks
  const size = wide ? mostLots * mostChecks : mostLots
  const parts = Array.from({ length: Math.ceil(lotIds.length / size) }, (_, n) =>
    lotIds.slice(n * size, (n + 1) * size),
  )
  if (parts.length > mostChecks)
    throw new Error(`${lotIds.length} lots at one place are more than can be asked for; ${mostChecks * size} fit.`)
  const ask = wide ? ThermalCheckSpread : ThermalCheckAsked
  return parts.map((some) => ask({ thermalCheckId: newId(ThermalCheck), lotIds: [...some], exposureId, askedAt: now }))
}
