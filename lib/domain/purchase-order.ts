import * as z from 'zod'
import { entity, exact } from '#kit'
import { Code, Day, Instant, Quantity, QuantityOrZero, Reason, Unit } from './values.ts'

const line = z.object({
  itemId: z.string(),
  quantity: Quantity,
  unit: Unit,
  due: Day.optional(),
  received: QuantityOrZero,
})

/** What was ordered from a supplier, and how much of it has come. */
export const PurchaseOrder = entity('purchase-order', {
  area: 'procurement',
  prefix: 'pur',
  state: z.object({
    number: Code,
    supplierId: z.string(),
    siteId: z.string(),
    status: z.enum(['placed', 'partly-received', 'received', 'closed']),
    lines: z.array(line),
    placedAt: Instant,
    placedBy: z.string(),
  }),
  example: {
    number: 'PO-2601',
    supplierId: 'ptr_00000000000000000000000001',
    siteId: 'sit_00000000000000000000000001',
    status: 'placed',
    lines: [{ itemId: 'itm_00000000000000000000000001', quantity: 100, unit: 'each', received: 0 }],
    placedAt: '2026-01-05T08:00:00.000Z',
    placedBy: 'usr-buyer',
  },
  worklist: ({ status }) => status,
  group: ({ supplierId }) => supplierId,
  unique: { number: ({ number }) => number },
})

export type PurchaseOrderState = z.infer<typeof PurchaseOrder.schema>

const ordered = line.omit({ received: true })

export const PurchaseOrderPlaced = PurchaseOrder.born(
  'PurchaseOrderPlaced',
  z.object({
    purchaseOrderId: PurchaseOrder.id,
    number: Code,
    supplierId: z.string(),
    siteId: z.string(),
    lines: z.array(ordered),
    placedAt: Instant,
    placedBy: z.string(),
  }),
  ({ purchaseOrderId: _, lines, ...placed }) => ({
    ...placed,
    status: 'placed',
    lines: lines.map((one) => ({ ...one, received: 0 })),
  }),
)

/** A delivery came for it; the lots themselves are told by their `LotReceived`. */
export const PurchaseOrderReceived = PurchaseOrder.fact(
  'PurchaseOrderReceived',
  z.object({
    purchaseOrderId: PurchaseOrder.id,
    received: z.array(z.object({ itemId: z.string(), quantity: Quantity, lotId: z.string() })),
  }),
  (order, { received }) => {
    const lines = received.reduce(book, order.lines)
    const complete = lines.every(({ quantity, received }) => received >= quantity)
    return { ...order, lines, status: complete ? 'received' : 'partly-received' }
  },
)

/** Nothing more is expected from it. */
export const PurchaseOrderClosed = PurchaseOrder.fact(
  'PurchaseOrderClosed',
  z.object({ purchaseOrderId: PurchaseOrder.id, reason: Reason }),
  (order) => ({ ...order, status: 'closed' }),
)

/** How much of an item the order still expects; undefined where it was never ordered. */
export function outstanding(order: PurchaseOrderState, itemId: string): number | undefined {
  const lines = order.lines.filter((one) => one.itemId === itemId)
  if (lines.length === 0) return undefined
  return lines.reduce((sum, { quantity, received }) => exact(sum + quantity - received), 0)
}

/** Books what came on the item's lines, the first line first. */
function book(lines: PurchaseOrderState['lines'], came: { readonly itemId: string; readonly quantity: number }) {
  let left = came.quantity
  return lines.map((one) => {
    if (one.itemId !== came.itemId) return one
    const part = Math.min(left, exact(one.quantity - one.received))
    left = exact(left - part)
    return { ...one, received: exact(one.received + part) }
  })
}
