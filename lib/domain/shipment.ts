import * as z from 'zod'
import { entity, exact } from '#kit'
import { HappenedAt } from './happened.ts'
import { Code, Instant, Line, Quantity, QuantityOrZero, Reason, Unit } from './values.ts'

/** Part of a lot that left a location with a shipment. */
const line = z.object({
  lotId: z.string(),
  itemId: z.string(),
  quantity: Quantity,
  unit: Unit,
  /** Location or pack it was taken from. */
  from: z.string(),
  /** Location where the pack stood that it was taken from. */
  standing: z.string().optional(),
  /** How much of it has come back. */
  returned: QuantityOrZero,
})

/** Goods on their way to one customer, and afterwards the record of who has what. */
export const Shipment = entity('shipment', {
  area: 'logistics',
  prefix: 'shp',
  node: true,
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

const shipped = line.omit({ returned: true })

/** Goods left for a customer; they are in transit until somebody confirms their arrival. */
export const ShipmentDispatched = Shipment.born(
  'ShipmentDispatched',
  z.object({
    shipmentId: Shipment.id,
    number: Code,
    customerId: z.string(),
    siteId: z.string(),
    lines: z.array(shipped),
    shippedAt: Instant,
    shippedBy: z.string(),
    happenedAt: HappenedAt,
  }),
  ({ shipmentId: _, happenedAt: __, lines, ...dispatched }) => ({
    ...dispatched,
    status: 'in-transit',
    lines: lines.map((one) => ({ ...one, returned: 0 })),
  }),
  {
    stock: ({ shipmentId, lines }) =>
      lines.map(({ lotId, itemId, quantity, from }) => ({ lotId, itemId, quantity, from, to: shipmentId })),
    // From the lots themselves, also where they leave in a pack: what was unpacked before did not leave with it.
    edges: ({ shipmentId, customerId, lines, happenedAt: at }) =>
      lines.map(({ lotId, quantity, unit }) => ({
        ...{ kind: 'ship', from: lotId, to: shipmentId, quantity, unit, party: customerId, at },
      })),
  },
)

/** The customer has the goods. */
export const ShipmentDelivered = Shipment.fact(
  'ShipmentDelivered',
  z.object({
    shipmentId: Shipment.id,
    customerId: z.string(),
    deliveredAt: Instant,
    receivedBy: Line,
    lines: z.array(z.object({ lotId: z.string(), itemId: z.string(), quantity: Quantity })),
  }),
  (shipment, { deliveredAt }) => ({ ...shipment, status: 'delivered', deliveredAt }),
  {
    stock: ({ shipmentId, customerId, lines }) => lines.map((line) => ({ ...line, from: shipmentId, to: customerId })),
  },
)

/** Some of the goods came back; what happens to each lot is told by its `LotReturned`. */
export const ShipmentReturned = Shipment.fact(
  'ShipmentReturned',
  z.object({
    shipmentId: Shipment.id,
    reason: Reason,
    lines: z.array(z.object({ lotId: z.string(), quantity: Quantity })),
  }),
  (shipment, { lines }) => ({ ...shipment, lines: lines.reduce(book, shipment.lines) }),
)

/** How much of a lot the customer got with this shipment and still has; undefined where it was not on it. */
export function returnable(shipment: ShipmentState, lotId: string): number | undefined {
  const lines = shipment.lines.filter((one) => one.lotId === lotId)
  if (lines.length === 0) return undefined
  return lines.reduce((sum, { quantity, returned }) => exact(sum + quantity - returned), 0)
}

/** Books what came back on the lot's lines, the first line first. */
function book(lines: ShipmentState['lines'], back: { readonly lotId: string; readonly quantity: number }) {
  let left = back.quantity
  return lines.map((one) => {
    if (one.lotId !== back.lotId) return one
    const part = Math.min(left, exact(one.quantity - one.returned))
    left = exact(left - part)
    return { ...one, returned: exact(one.returned + part) }
  })
}
