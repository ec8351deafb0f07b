import * as z from 'zod'
import { entity } from '#kit'
import { Code, Instant, Quantity, QuantityOrZero, Unit } from './values.ts'

/** Part of a lot that left a location with a shipment. */
const line = z.object({
  lotId: z.string(),
  itemId: z.string(),
  quantity: Quantity,
  unit: Unit,
  /** Location it was taken from. */
  from: z.string(),
  /** How much of it has come back. */
  returned: QuantityOrZero,
})

/** Goods on their way to one customer, and afterwards the record of who has what. */
export const Shipment = entity('shipment', {
  area: 'logistics',
  prefix: 'shp',
  state: z.object({
    number: Code,
    customerId: z.string(),
    siteId: z.string(),
    status: z.enum(['in-transit', 'delivered']),
    lines: z.array(line),
    shippedAt: Instant,
    shippedBy: z.string(),
    deliveredAt: Instant.optional(),
  }),
  example: {
    number: 'SH-2601',
    customerId: 'ptr_00000000000000000000000001',
    siteId: 'sit_00000000000000000000000001',
    status: 'in-transit',
    lines: [
      {
        lotId: 'lot_00000000000000000000000001',
        itemId: 'itm_00000000000000000000000001',
        quantity: 10,
        unit: 'each',
        from: 'loc_00000000000000000000000001',
        returned: 0,
      },
    ],
    shippedAt: '2026-02-02T08:00:00.000Z',
    shippedBy: 'usr-shipper',
  },
  worklist: ({ status }) => status,
  group: ({ customerId }) => customerId,
  unique: { number: ({ number }) => number },
})

export type ShipmentState = z.infer<typeof Shipment.schema>
