import * as z from 'zod'
import { Item } from '#domain/item'
import { Order, OrderStarted } from '#domain/order'
import { command, conflict, refuse } from '#kit'

const change = (n: number, from: string) => ({ processChangeId: `pch_${String(n).padStart(26, '0')}`, from })

export const handler = command({
  summary: 'Start a planned order; the process changes in force for its item become part of its genealogy.',
  route: 'POST /orders/{orderId}/start',
  roles: ['production'],
  input: z.strictObject({ orderId: Order.id }),
  reads: { order: Order.at('orderId'), item: Item.of('order.itemId') },
  emits: [OrderStarted],
  refuses: {
    'order-not-planned': conflict(
      'Order {number} is {status} already. Only a planned order can be started.',
      '生产订单 {number} 状态已为 {status}。仅已计划的订单可开工。',
    ),
  },
  decide: ({ order, item }, { orderId }, { now }) => {
    const { number, status } = order
    if (status !== 'planned') return refuse('order-not-planned', { number, status })
    const inForce = item.processChanges.filter(({ from }) => Date.parse(from) <= Date.parse(now))
    return OrderStarted({ orderId, processChanges: inForce.map(({ processChangeId }) => processChangeId) })
  },
  examples: [
    {
      name: 'an order starts under the changes in force',
      given: {
        order: Order.like({ status: 'planned' }),
        item: Item.like({
          processChanges: [change(1, '2020-01-31T00:00:00.000Z'), change(2, '2099-12-31T00:00:00.000Z')],
        }),
      },
      when: { orderId: Order.sample() },
      then: ['OrderStarted'],
    },
    {
      name: 'an order starts once',
      given: { order: Order.like(), item: Item.like() },
      when: { orderId: Order.sample() },
      then: { refused: 'order-not-planned' },
    },
  ],
})
