import * as z from 'zod'
import { PurchaseOrder, PurchaseOrderClosed } from '#domain/purchase-order'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

export const handler = command({
  summary: 'Close a purchase order from which nothing more is expected.',
  route: 'POST /purchase-orders/{purchaseOrderId}/close',
  roles: ['purchasing'],
  input: z.strictObject({ purchaseOrderId: PurchaseOrder.id, reason: Reason }),
  reads: { order: PurchaseOrder.at('purchaseOrderId') },
  emits: [PurchaseOrderClosed],
  refuses: {
    'purchase-order-done': conflict(
      'Purchase order {number} is {status}. Nothing more is expected from it; there is nothing to close.',
      '采购订单 {number} 状态为 {status}，已无待交货物，无需关闭。',
    ),
  },
  decide: ({ order: { number, status } }, input) =>
    status === 'closed' || status === 'received'
      ? refuse('purchase-order-done', { number, status })
      : PurchaseOrderClosed(input),
  examples: [
    {
      name: 'the supplier cannot deliver the rest',
      given: { order: PurchaseOrder.like({ status: 'partly-received' }) },
      when: { purchaseOrderId: PurchaseOrder.sample(), reason: 'The supplier stopped making it' },
      then: ['PurchaseOrderClosed'],
    },
    {
      name: 'what came completely is done',
      given: { order: PurchaseOrder.like({ status: 'received' }) },
      when: { purchaseOrderId: PurchaseOrder.sample(), reason: 'All has come' },
      then: { refused: 'purchase-order-done' },
    },
  ],
})
