import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { nothingBorne } from '#domain/thermal-budget'
import {
  assess,
  checkFacts,
  checkOf,
  judgedBy,
  ThermalCheck,
  ThermalCheckAsked,
  ThermalRecord,
  thermalFacts,
} from '#domain/thermal-record'
import { reaction } from '#kit'
import { borneBy } from '#readings'

const when = { thermalCheckId: ThermalCheck.sample(), ...ThermalCheck.like() }
const item = Item.like({ storage: { minC: 2, maxC: 8 }, thermalBudget: { minutesAbove: 60 } })
const given = { lots: [Lot.like()], items: [item] }
const { borne, breaches } = ThermalRecord.like()
const nothing = { borne: nothingBorne, breaches: [], into: [] }
const long = { ...borne, minutesAbove: 61, longestMinutes: 61 }

export const handler = reaction({
  summary:
    'Count what lots bore outside their storage range along everywhere they were, and next what those bore that were made of them; one that is over its budget is held and a nonconformance recorded.',
  on: [ThermalCheckAsked],
  input: ThermalCheckAsked.schema,
  reads: {
    lots: Lot.at('lotIds[]'),
    records: ThermalRecord.at('lotIds[]').orAbsent(),
    items: Item.of('lots[].itemId'),
  },
  emits: [...thermalFacts, ...checkFacts],
  refuses: {},
  uses: ['table', 'series'],
  onlyReads: true,
  perform: ({ lots, records, items }, { exposureId }, ports, { now }) => {
    const judged = lots.map(({ id: lotId }, index) => {
      const { range, budget } = judgedBy(records[index], items[index]!)
      const known = records[index]?.breaches.map((breach) => breach.exposureId) ?? []
      const exposureIds = exposureId ? [...known, exposureId] : known
      return { lotId, range, exposureIds, kinetic: budget?.meanKineticC !== undefined }
    })
    return borneBy(judged, ports, now)
  },
  decide: ({ lots, records, items }, { lotIds, exposureId }, context, found) => {
    const made = new Set(found.flatMap(({ into }) => into.filter((lotId) => !lotIds.includes(lotId))))
    return [
      ...lots.flatMap((lot, index) => assess(lot, items[index]!, records[index], found[index]!, context)),
      ...checkOf([...made].sort(), exposureId, context),
    ]
  },
  examples: [
    {
      name: 'half an hour too warm, and an hour is allowed',
      given,
      when,
      performed: [{ borne, breaches, into: [] }],
      then: ['ThermalRecordBegan'],
    },
    {
      name: 'over its budget it is held',
      given,
      when,
      performed: [{ borne: long, breaches, into: [] }],
      then: ['ThermalRecordBegan', 'ThermalBudgetExceeded', 'NonconformanceRecorded', 'LotSuspected'],
    },
    {
      name: 'it is held once',
      given: {
        ...given,
        lots: [Lot.like({ status: 'held', nonconformanceIds: ['ncr_00000000000000000000000001'] })],
        records: [ThermalRecord.like({ nonconformanceId: 'ncr_00000000000000000000000001' })],
      },
      when,
      performed: [{ borne: long, breaches, into: [] }],
      then: [],
    },
    { name: 'it bore nothing', given, when, performed: [nothing], then: [] },
    {
      name: 'a lot was split off it',
      given,
      when,
      performed: [{ ...nothing, into: [Lot.sample(2)] }],
      then: ['ThermalCheckAsked'],
    },
    {
      name: 'readings that came late take back what was recorded',
      given: { ...given, records: [ThermalRecord.like()] },
      when,
      performed: [nothing],
      then: ['ThermalRecordRevised'],
    },
  ],
})
