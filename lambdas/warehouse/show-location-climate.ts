import * as z from 'zod'
import { DeviceStatus } from '#domain/device-status'
import { Exposure, type ExposureState } from '#domain/exposure'
import { Item, type ItemState } from '#domain/item'
import { Location } from '#domain/location'
import { Borne, Excess, excessesOf, leftOf, sumOf, ThermalBudget } from '#domain/thermal-budget'
import { judgedBy, ThermalRecord, type ThermalRecordState } from '#domain/thermal-record'
import { Instant } from '#domain/values'
import { Cursor, everyone, query } from '#kit'
import { borneBy, climateAt } from '#readings'

export const handler = query({
  summary:
    'Show what is kept at a location together with its climate: latest readings, open exposures, and what each lot may still bear.',
  route: 'GET /locations/{locationId}/climate',
  roles: everyone,
  input: z.strictObject({ locationId: Location.id, cursor: Cursor.optional() }),
  reads: { location: Location.at('locationId') },
  uses: ['table', 'series'],
  output: z.object({
    storage: Location.schema.shape.storage,
    sensors: z.array(
      z.object({
        deviceId: z.string(),
        latest: DeviceStatus.schema.shape.latest,
        lastSeenAt: Instant.optional(),
        openExposureIds: z.array(z.string()),
      }),
    ),
    exposures: z.array(z.object({ id: z.string(), state: Exposure.schema })),
    items: z.array(
      z.object({
        lotId: z.string(),
        itemId: z.string(),
        quantity: z.number(),
        /** Counted up to now, wherever it was; absent where the item has no storage range. */
        thermal: z
          .object({
            budget: ThermalBudget.optional(),
            borne: Borne,
            /** Minutes, or degrees to a limit, that are left. */
            left: Borne.partial(),
            excesses: z.array(Excess),
          })
          .optional(),
      }),
    ),
    next: z.string().optional(),
  }),
  run: async ({ location }, { locationId, cursor }, ports, { now }) => {
    const { table } = ports
    const [sensors, page] = await Promise.all([climateAt(locationId, table), table.stock('place', locationId, cursor)])
    const open = sensors.flatMap(({ openExposureIds }) => openExposureIds)
    const [exposures, items, records] = await Promise.all([
      table.states(open.map((id) => ({ entity: Exposure, id }))),
      table.states(page.items.map(({ itemId: id }) => ({ entity: Item, id }))),
      table.states(page.items.map(({ lotId: id }) => ({ entity: ThermalRecord, id }))),
    ])
    const lots = page.items.map((balance, index) => {
      const record = records[index]?.data as ThermalRecordState | undefined
      const item = items[index]?.data as ItemState | undefined
      return { balance, record, ...(item ? judgedBy(record, item) : { range: undefined, budget: undefined }) }
    })
    const followed = lots.filter(({ range }) => range !== undefined)
    const judged = followed.map(({ balance, record, range, budget }) => ({
      ...{ lotId: balance.lotId, range, kinetic: budget?.meanKineticC !== undefined },
      exposureIds: record?.breaches.map(({ exposureId }) => exposureId) ?? [],
    }))
    const found = await borneBy(judged, ports, now)
    return {
      storage: location.storage,
      sensors: sensors.map((one) => ({ ...one, openExposureIds: [...one.openExposureIds] })),
      exposures: exposures.flatMap((one) => (one ? [{ id: one.id, state: one.data as ExposureState }] : [])),
      items: lots.map((lot) => {
        const { lotId, itemId, quantity } = lot.balance
        const at = followed.indexOf(lot)
        if (at < 0) return { lotId, itemId, quantity }
        const { budget, record } = lot
        const borne = record ? sumOf(record.earlier, found[at]!.borne) : found[at]!.borne
        const judgement = budget
          ? { left: leftOf(budget, borne), excesses: excessesOf(budget, borne) }
          : { left: {}, excesses: [] }
        return { lotId, itemId, quantity, thermal: { budget, borne, ...judgement } }
      }),
      next: page.next,
    }
  },
})
