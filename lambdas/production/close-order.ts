import * as z from 'zod'
import { Bom } from '#domain/bom'
import { Order, OrderClosed } from '#domain/order'
import { Reason } from '#domain/values'
import { command, conflict, refuse, refused } from '#kit'

const issued = [{ itemId: 'itm_00000000000000000000000002', quantity: 200 }]

export const handler = command({
  summary: 'End an order; when output or material is missing against its plan, only with the reason.',
  route: 'POST /orders/{orderId}/close',
  roles: ['production'],
  input: z.strictObject({
    orderId: Order.id,
    reason: Reason.optional().describe('Why output or material is missing against the plan'),
  }),
  reads: { order: Order.at('orderId'), bom: Bom.of('order.bomId').optional() },
  emits: [OrderClosed],
  refuses: {
    'order-already-closed': conflict(
      'Order {number} is {status} already. Plan another order for what is still needed.',
      '生产订单 {number} 状态已为 {status}。如仍有需要，请计划新订单。',
    ),
    'output-missing': refused(
      'Order {number} gave {produced} of {planned} {unit}. Record the rest, or give "reason", why it ends short.',
      '生产订单 {number} 已产出 {produced}/{planned} {unit}。请记录其余产出，或在 “reason” 中说明原因。',
    ),
    'material-missing': refused(
      'Nothing of {items} was issued to order {number}, though its BOM lists it. Issue it, or give "reason".',
      '生产订单 {number} 的 BOM 列有 {items}，但从未投料。请补投料，或在 “reason” 中说明原因。',
    ),
  },
  decide: ({ order, bom }, input) => {
    const { number, status, produced, quantity: planned, unit } = order
    if (status === 'closed' || status === 'cancelled') return refuse('order-already-closed', { number, status })
    if (input.reason !== undefined) return OrderClosed(input)
    if (produced < planned) return refuse('output-missing', { number, produced, planned, unit })
    const present = new Set(order.issued.filter(({ quantity }) => quantity > 0).map(({ itemId }) => itemId))
    const missing = bom?.lines.filter(({ itemId }) => !present.has(itemId)) ?? []
    if (missing.length > 0)
      return refuse('material-missing', { number, items: missing.map(({ itemId }) => itemId).join(', ') })
    return OrderClosed(input)
  },
  examples: [
    {
      name: 'an order with all of its output ends',
      given: { order: Order.like({ produced: 100, issued }), bom: Bom.like() },
      when: { orderId: Order.sample() },
      then: ['OrderClosed'],
    },
    {
      name: 'an order that ends short says why',
      given: { order: Order.like({ produced: 98, scrapped: 2, issued }), bom: Bom.like() },
      when: { orderId: Order.sample(), reason: 'Two units broke in the burst test' },
      then: ['OrderClosed'],
    },
    {
      name: 'missing output is not forgotten',
      given: { order: Order.like({ produced: 98, issued }), bom: Bom.like() },
      when: { orderId: Order.sample() },
      then: { refused: 'output-missing' },
    },
    {
      name: 'output cannot come from nothing',
      given: { order: Order.like({ produced: 100 }), bom: Bom.like() },
      when: { orderId: Order.sample() },
      then: { refused: 'material-missing' },
    },
    {
      name: 'a cancelled order has ended',
      given: { order: Order.like({ status: 'cancelled' }), bom: Bom.like() },
      when: { orderId: Order.sample() },
      then: { refused: 'order-already-closed' },
    },
    {
      name: 'an order ends once',
      given: { order: Order.like({ status: 'closed' }), bom: Bom.like() },
      when: { orderId: Order.sample() },
      then: { refused: 'order-already-closed' },
    },
  ],
})
