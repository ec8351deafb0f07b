import * as z from 'zod'
import { Exposure, type ExposureState } from '#domain/exposure'
import { Item, type ItemState } from '#domain/item'
import { Lot, type LotState } from '#domain/lot'
import { Stay, type StayState } from '#domain/stay'
import { excessesOf, sumOf } from '#domain/thermal-budget'
import { checkFacts, checksOf, judgedBy, ThermalRecord, type ThermalRecordState } from '#domain/thermal-record'
import { listAll, type Ports, reaction } from '#kit'
import { borneBy } from '#readings'

/** One run asks for at most this many lots; the next run asks for the rest. */
const most = 150

/** Lots that stand where it is outside the range now. */
async function exposedLots({ table }: Pick<Ports, 'table'>) {
  const open = await listAll(table, 'worklist', Exposure, 'open')
  const places = new Set(open.flatMap(({ data }) => (data as ExposureState).locationId ?? []))
  const stays = await Promise.all([...places].map((place) => listAll(table, 'worklist', Stay, place)))
  const lotIds = [...new Set(stays.flat().map(({ data }) => (data as StayState).lotId))].sort()
  const [lots, records] = await Promise.all([
    table.states(lotIds.map((id) => ({ entity: Lot, id }))),
    table.states(lotIds.map((id) => ({ entity: ThermalRecord, id }))),
  ])
  const items = await table.states(lots.map((lot) => ({ entity: Item, id: (lot!.data as LotState).itemId })))
  return lotIds.map((lotId, index) => {
    const record = records[index]?.data as ThermalRecordState | undefined
    return { lotId, record, ...judgedBy(record, items[index]?.data as ItemState) }
  })
}

export const handler = reaction({
  summary: 'Find the lots that pass their thermal budget while an exposure lasts, and ask for them to be assessed.',
  on: { everyMinutes: 5 },
  input: z.object({}),
  reads: {},
  emits: checkFacts,
  refuses: {},
  uses: ['table', 'series'],
  perform: async (_, __, ports, { now }) => {
    // What is over already was told; that it grows on is counted when the exposure ends.
    const lots = (await exposedLots(ports)).filter(({ budget, record }) => budget && !record?.excesses.length)
    const judged = lots.map(({ lotId, range, budget, record }) => ({
      ...{ lotId, range, kinetic: budget?.meanKineticC !== undefined },
      exposureIds: record?.breaches.map(({ exposureId }) => exposureId) ?? [],
    }))
    const found = await borneBy(judged, ports, now)
    return lots
      .filter(({ budget, record }, index) => {
        const { borne } = found[index]!
        return excessesOf(budget!, record ? sumOf(record.earlier, borne) : borne).length > 0
      })
      .map(({ lotId }) => lotId)
  },
  decide: (_, __, context, lotIds) => checksOf(lotIds.slice(0, most), undefined, context),
  examples: [
    {
      name: 'a cold room is too warm for too long',
      given: {},
      when: {},
      performed: [Lot.sample()],
      then: ['ThermalCheckAsked'],
    },
    { name: 'all is cold', given: {}, when: {}, performed: [], then: [] },
  ],
})
