import * as z from 'zod'
import { entity } from '#kit'
import { Code, Day, Instant, Quantity, QuantityOrZero, Unit } from './values.ts'

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
