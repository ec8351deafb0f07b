import * as z from 'zod'
import { conflict, entity, exact, refuse, refused, shared } from '#kit'
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

export const matchRefusals = shared({
  'ordered-elsewhere': refused(
    'Purchase order {number} went to another supplier. Name the right order, or receive without one.',
    '采购订单 {number} 的供应商不同。请填写正确的订单，或不按订单收货。',
  ),
  'delivered-elsewhere': refused(
    'Purchase order {number} is for another site than this location. Receive it at a location of that site.',
    '采购订单 {number} 属于其他站点。请在该站点的库位收货。',
  ),
  'purchase-order-closed': conflict(
    'Purchase order {number} is closed. Receive without it, or send the goods back.',
    '采购订单 {number} 已关闭。请不按订单收货，或退货。',
  ),
  'item-not-ordered': refused(
    'Item {code} is not on purchase order {number}. Receive it without the order, or send it back.',
    '物料 {code} 不在采购订单 {number} 中。请不按订单收货，或退货。',
  ),
  'delivery-exceeds-order': refused(
    'Purchase order {number} still expects {left} of {code}, but {came} came. Receive the rest without the order.',
    '采购订单 {number} 尚待 {code} {left}，实到 {came}。多出部分请不按订单收货。',
  ),
})

interface Delivered {
  readonly supplierId: string
  readonly siteId: string
  readonly lines: readonly { readonly itemId: string; readonly quantity: number }[]
  /** The items of the lines, in their order. */
  readonly items: readonly { readonly id: string; readonly code: string }[]
}

/** Why a delivery does not belong to this order, or undefined when it does. */
export function deliveryMismatch(order: PurchaseOrderState, { supplierId, siteId, lines, items }: Delivered) {
  const { number } = order
  if (order.supplierId !== supplierId) return refuse('ordered-elsewhere', { number })
  if (order.siteId !== siteId) return refuse('delivered-elsewhere', { number })
  if (order.status === 'closed') return refuse('purchase-order-closed', { number })
  for (const { id, code } of items) {
    const ordered = order.lines.filter(({ itemId }) => itemId === id)
    if (ordered.length === 0) return refuse('item-not-ordered', { number, code })
    const left = ordered.reduce((sum, { quantity, received }) => exact(sum + quantity - received), 0)
    const came = lines.reduce((sum, line) => (line.itemId === id ? exact(sum + line.quantity) : sum), 0)
    if (came > left) return refuse('delivery-exceeds-order', { number, code, left, came })
  }
  return undefined
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
