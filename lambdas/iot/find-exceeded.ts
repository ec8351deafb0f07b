import * as z from 'zod'
import { Exposure, type ExposureState } from '#domain/exposure'
import { Item, type ItemState } from '#domain/item'
import { Lot, type LotState } from '#domain/lot'
import { excessesOf, sumOf } from '#domain/thermal-budget'
import { checkFacts, checksOf, judgedBy, ThermalRecord, type ThermalRecordState } from '#domain/thermal-record'
import { listAll, type Ports, reaction } from '#kit'
import { borneBy, lotsAt } from '#readings'

/** One run asks for at most this many lots; the next run asks for the rest. */
const most = 150

/** Lots that stand where it is outside the range now, or left there meanwhile. */
async function exposedLots({ table }: Pick<Ports, 'table'>, now: string) {
  const open = (await listAll(table, 'worklist', Exposure, 'open')).map(({ data }) => data as ExposureState)
  const places = [...new Set(open.flatMap(({ locationId }) => locationId ?? []))]
  const [since = now] = open.map(({ start }) => start).sort()
  const lotIds = await lotsAt(places, since, table, now)
  const [lots, records] = await Promise.all([
    table.states(lotIds.map((id) => ({ entity: Lot, id }))),
    table.states(lotIds.map((id) => ({ entity: ThermalRecord, id }))),
  ])
  const itemIds = lots.map((lot) => (lot?.data as LotState | undefined)?.itemId)
  const known = [...new Set(itemIds.flatMap((id) => id ?? []))]
  const items = new Map((await table.states(known.map((id) => ({ entity: Item, id })))).map((item) => [item?.id, item]))
  return lotIds.flatMap((lotId, index) => {
    const item = items.get(itemIds[index])
    const record = records[index]?.data as ThermalRecordState | undefined
    return item ? [{ lotId, record, ...judgedBy(record, item.data as ItemState) }] : []
  })
}

const limitsIn = (excesses: readonly { readonly what: string }[]) => excesses.map(({ what }) => what).join()

export const handler = reaction({
  summary:
    'Find the lots that pass other limits of their thermal budget than recorded, while an exposure lasts, and ask for them to be assessed.',
  on: { everyMinutes: 5 },
  input: z.object({}),
  reads: {},
  emits: checkFacts,
  refuses: {},
  uses: ['table', 'series'],
  perform: async (_, __, ports, { now }) => {
    // How much was borne is recorded when the exposure ends; until then, only which limits are passed.
    const lots = (await exposedLots(ports, now)).filter(({ budget }) => budget)
    const judged = lots.map(({ lotId, range, budget, record }) => ({
      ...{ lotId, range, kinetic: budget?.meanKineticC !== undefined },
      exposureIds: record?.breaches.map(({ exposureId }) => exposureId) ?? [],
    }))
    const found = await borneBy(judged, ports, now)
    return lots
      .filter(({ budget, record }, index) => {
        const { borne } = found[index]!
        const excesses = excessesOf(budget!, record ? sumOf(record.earlier, borne) : borne)
        return limitsIn(excesses) !== limitsIn(record?.excesses ?? [])
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
