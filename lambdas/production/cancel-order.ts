import * as z from 'zod'
import { Order, OrderCancelled } from '#domain/order'
import { Reason } from '#domain/values'
import { command, conflict, refuse, refused } from '#kit'

const when = { orderId: Order.sample(), reason: 'The customer withdrew the order' }

export const handler = command({
  summary: 'Call an order off; what it took and gave so far stays traceable.',
  route: 'POST /orders/{orderId}/cancellation',
  roles: ['production'],
  input: z.strictObject({ orderId: Order.id, reason: Reason }),
  reads: { order: Order.at('orderId') },
  emits: [OrderCancelled],
  refuses: {
    'order-ended': conflict(
      'Order {number} is {status} already. Nothing is left to call off.',
      '生产订单 {number} 状态已为 {status}，无需取消。',
    ),
    'order-holds-material': refused(
      'Order {number} made nothing, but still holds {items}. Return the material first.',
      '生产订单 {number} 尚无产出，但仍持有 {items}。请先退料。',
    ),
  },
  decide: ({ order }, input) => {
    const { number, status, produced, scrapped, issued } = order
    if (status === 'closed' || status === 'cancelled') return refuse('order-ended', { number, status })
    const held = issued.filter(({ quantity }) => quantity > 0).map(({ itemId }) => itemId)
    if (produced + scrapped === 0 && held.length > 0)
      return refuse('order-holds-material', { number, items: held.join(', ') })
    return OrderCancelled(input)
  },
  examples: [
    {
      name: 'a planned order is called off',
      given: { order: Order.like({ status: 'planned' }) },
      when,
      then: ['OrderCancelled'],
    },
    {
      name: 'an order is called off in the middle, with what it made so far',
      given: {
        order: Order.like({ produced: 40, issued: [{ itemId: 'itm_00000000000000000000000002', quantity: 80 }] }),
      },
      when,
      then: ['OrderCancelled'],
    },
    {
      name: 'material does not disappear with its order',
      given: { order: Order.like({ issued: [{ itemId: 'itm_00000000000000000000000002', quantity: 80 }] }) },
      when,
      then: { refused: 'order-holds-material' },
    },
    {
      name: 'a closed order has ended',
      given: { order: Order.like({ status: 'closed' }) },
      when,
      then: { refused: 'order-ended' },
    },
  ],
})
