import * as z from 'zod'
import { Item } from '#domain/item'
import { Lot } from '#domain/lot'
import { Borne, excessesOf, leftOf, sumOf } from '#domain/thermal-budget'
import { judgedBy, ThermalRecord } from '#domain/thermal-record'
import { Instant } from '#domain/values'
import { everyone, query } from '#kit'
import { borneBy, wayOf } from '#readings'

const { range, budget, breaches, excesses } = ThermalRecord.schema.shape
const Leg = z.object({ place: z.string(), from: Instant, until: Instant.optional() })

export const handler = query({
  summary: 'Show everywhere a lot was, what it bore there outside its storage range, and what it may still bear.',
  route: 'GET /lots/{lotId}/thermal-history',
  roles: everyone,
  input: z.strictObject({ lotId: Lot.id }),
  reads: {
    lot: Lot.at('lotId'),
    item: Item.of('lot.itemId'),
    record: ThermalRecord.at('lotId').orAbsent(),
  },
  uses: ['table', 'series'],
  output: z.object({
    ...{ range, budget, breaches, excesses },
    /** In all, as it is known now. */
    borne: Borne,
    left: Borne.partial(),
    /** Each part of the lot by the place where it is or was last, and the way that it may have come. */
    parts: z.array(z.object({ place: z.string(), legs: z.array(Leg) })),
    nonconformanceId: z.string().optional(),
  }),
  run: async ({ item, record }, { lotId }, ports, { now }) => {
    const { range, budget } = judgedBy(record, item)
    const exposureIds = record?.breaches.map(({ exposureId }) => exposureId) ?? []
    const [{ parts }, [found]] = await Promise.all([
      wayOf(lotId, ports.table),
      borneBy([{ lotId, range, exposureIds, kinetic: true }], ports, now),
    ])
    const borne = record ? sumOf(record.earlier, found!.borne) : found!.borne
    return {
      ...{ range, budget, borne, breaches: [...found!.breaches], nonconformanceId: record?.nonconformanceId },
      left: budget ? leftOf(budget, borne) : {},
      excesses: budget ? excessesOf(budget, borne) : [],
      parts: [...parts].map(([place, legs]) => ({ place, legs: [...legs] })),
    }
  },
})
