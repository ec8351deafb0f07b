import * as z from 'zod'
import { conflict, entity, exact, refuse, refused, shared } from '#kit'
import { HappenedAt } from './happened.ts'
import { Lot } from './lot.ts'
import { Code, Day, Instant, Line, Quantity, QuantityOrZero, Reason, Total, Unit } from './values.ts'

const Issued = z.object({ itemId: z.string(), quantity: z.number() })

/** A production order: what is to be made, where, by which BOM, and what went in and came out so far. */
export const Order = entity('order', {
  area: 'production',
  prefix: 'ord',
  node: true,
  state: z.object({
    number: Code,
    siteId: z.string(),
    itemId: z.string(),
    bomId: z.string().optional(),
    quantity: Quantity,
    unit: Unit,
    /** How much more than planned may come out, percent. */
    overproduction: z.number(),
    due: Day,
    status: z.enum(['planned', 'started', 'closed', 'cancelled']),
    /** Process changes in force when it was started. */
    processChanges: z.array(z.string()),
    /** Material issued and not returned, by item. */
    issued: z.array(Issued),
    /** Good quantity that came out. */
    produced: Total,
    scrapped: Total,
  }),
  example: {
    number: 'PO-1001',
    siteId: 'sit_00000000000000000000000001',
    itemId: 'itm_00000000000000000000000001',
    bomId: 'bom_00000000000000000000000001',
    quantity: 100,
    unit: 'each',
    overproduction: 0,
    due: '2099-12-31',
    status: 'started',
    processChanges: [],
    issued: [],
    produced: 0,
    scrapped: 0,
  },
  worklist: ({ status }) => status,
  group: ({ itemId }) => itemId,
  unique: { number: ({ number }) => number },
})

type OrderState = z.infer<typeof Order.schema>

export const OrderPlanned = Order.born(
  'OrderPlanned',
  z.object({
    orderId: Order.id,
    number: Code,
    siteId: z.string(),
    itemId: z.string(),
    bomId: z.string().optional(),
    quantity: Quantity,
    unit: Unit,
    overproduction: z.number(),
    due: Day,
  }),
  ({ orderId: _, ...plan }) => ({
    ...plan,
    status: 'planned',
    processChanges: [],
    issued: [],
    produced: 0,
    scrapped: 0,
  }),
)

export const OrderStarted = Order.fact(
  'OrderStarted',
  z.object({ orderId: Order.id, processChanges: z.array(z.string()) }),
  (order, { processChanges }) => ({ ...order, processChanges, status: 'started' }),
  { edges: ({ orderId, processChanges }) => processChanges.map((from) => ({ kind: 'change', from, to: orderId })) },
)

const material = { lotId: Lot.id, itemId: z.string(), quantity: Quantity, unit: Unit, locationId: z.string() }

/** Material went from locations into the order; where it deviates from the BOM, the reason stands beside it. */
export const MaterialIssued = Order.fact(
  'MaterialIssued',
  z.object({
    orderId: Order.id,
    lines: z.array(z.object({ ...material, deviation: Reason.optional(), rework: Reason.optional() })),
    happenedAt: HappenedAt,
  }),
  (order, { lines }) => ({ ...order, issued: lines.reduce((sums, line) => add(sums, line, 1), order.issued) }),
  {
    stock: ({ orderId, lines }) =>
      lines.map(({ lotId, itemId, quantity, locationId }) => ({
        ...{ lotId, itemId, quantity },
        from: locationId,
        to: orderId,
      })),
    edges: ({ orderId, lines, happenedAt: at }) =>
      lines.map(({ lotId, itemId, quantity, unit }) => ({
        ...{ kind: 'consume', from: lotId, to: orderId, itemId, quantity, unit, at },
      })),
  },
)

/** Material left the order unused; that it was there stays in the genealogy, and that it came out again. */
export const MaterialReturned = Order.fact(
  'MaterialReturned',
  z.object({ orderId: Order.id, lines: z.array(z.object(material)), happenedAt: HappenedAt }),
  (order, { lines }) => ({ ...order, issued: lines.reduce((sums, line) => add(sums, line, -1), order.issued) }),
  {
    stock: ({ orderId, lines }) =>
      lines.map(({ lotId, itemId, quantity, locationId }) => ({
        ...{ lotId, itemId, quantity },
        from: orderId,
        to: locationId,
      })),
    edges: ({ orderId, lines, happenedAt: at }) =>
      lines.map(({ lotId, itemId, quantity, unit }) => ({
        ...{ kind: 'withdraw', from: orderId, to: lotId, itemId, quantity, unit, at },
      })),
  },
)

/** Equipment worked on the order during an interval; a run on overdue equipment carries the reason why it was used. */
export const RunRecorded = Order.fact(
  'RunRecorded',
  z.object({
    orderId: Order.id,
    equipmentId: z.string(),
    from: Instant,
    until: Instant,
    parameters: z.array(z.object({ name: Line, value: z.union([z.number(), Line]), unit: z.string().optional() })),
    deviation: Reason.optional(),
  }),
  (order) => order,
  {
    edges: ({ orderId, equipmentId, from, until }) => [
      { kind: 'run', from: equipmentId, to: orderId, at: from, until },
    ],
  },
)

/** What came out at one time; the lots themselves are told by their `LotProduced`. */
export const OutputRecorded = Order.fact(
  'OutputRecorded',
  z.object({
    orderId: Order.id,
    quantity: QuantityOrZero,
    scrapped: QuantityOrZero,
    unit: Unit,
    lotIds: z.array(Lot.id),
  }),
  (order, { quantity, scrapped }) => ({
    ...order,
    produced: exact(order.produced + quantity),
    scrapped: exact(order.scrapped + scrapped),
  }),
)

/** The order is done; what it lacks against its plan is explained. */
export const OrderClosed = Order.fact(
  'OrderClosed',
  z.object({ orderId: Order.id, reason: Reason.optional() }),
  (order) => ({ ...order, status: 'closed' }),
)

/** Nothing more is made by the order; what it took and gave so far stays in the genealogy. */
export const OrderCancelled = Order.fact(
  'OrderCancelled',
  z.object({ orderId: Order.id, reason: Reason }),
  (order) => ({ ...order, status: 'cancelled' }),
)

export const orderRefusals = shared({
  'order-not-started': conflict(
    'Order {number} is {status}. Only a started order takes material and gives output.',
    '生产订单 {number} 状态为 {status}。仅已开工的订单可投料和产出。',
  ),
  'location-elsewhere': refused(
    'Location {code} is not at the site of order {number}. Choose a location of that site.',
    '库位 {code} 不在生产订单 {number} 的站点。请选择该站点的库位。',
  ),
})

/** Why nothing may go into or come out of the order now. */
export const unstarted = ({ number, status }: OrderState) =>
  status === 'started' ? undefined : refuse('order-not-started', { number, status })

/** Refuses locations of another site than the order's. */
export function elsewhere(order: OrderState, locations: readonly { readonly siteId: string; readonly code: string }[]) {
  const foreign = locations.find(({ siteId }) => siteId !== order.siteId)
  return foreign && refuse('location-elsewhere', { number: order.number, code: foreign.code })
}

/** Most that may come out of the order, with its allowed overproduction. */
export const outputLimit = ({ quantity, overproduction }: OrderState) =>
  exact(quantity + (quantity * overproduction) / 100)

function add(sums: z.infer<typeof Issued>[], { itemId, quantity }: z.infer<typeof Issued>, sign: 1 | -1) {
  const before = sums.find((one) => one.itemId === itemId)?.quantity ?? 0
  return [...sums.filter((one) => one.itemId !== itemId), { itemId, quantity: exact(before + sign * quantity) }]
}
