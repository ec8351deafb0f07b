import * as z from 'zod'
import { Item, ItemProcessChanged } from '#domain/item'
import { Lot } from '#domain/lot'
import { Order } from '#domain/order'
import { ProcessChange, ProcessChangeRecorded } from '#domain/process-change'
import { Code, Instant, Line, Reason } from '#domain/values'
import { command, invalid, refuse } from '#kit'

const once = (ids: readonly string[]) => new Set(ids).size === ids.length
const change = {
  number: 'PC-26-01',
  title: 'New sealing temperature',
  reason: 'Fewer leaks at 182 C in the validation of January',
  from: '2026-02-01T00:00:00.000Z',
}

export const handler = command({
  summary: 'Record a process change and what carries it: items made from a date, single orders, single lots.',
  route: 'POST /process-changes',
  roles: ['quality', 'production'],
  input: z.strictObject({
    number: Code,
    title: Line,
    reason: Reason,
    from: Instant,
    itemIds: z.array(Item.id).max(10).refine(once, 'must name each item once').default([]),
    orderIds: z.array(Order.id).max(20).refine(once, 'must name each order once').default([]),
    lotIds: z.array(Lot.id).max(40).refine(once, 'must name each lot once').default([]),
  }),
  reads: { items: Item.at('itemIds[]'), orders: Order.at('orderIds[]'), lots: Lot.at('lotIds[]') },
  emits: [ProcessChangeRecorded, ItemProcessChanged],
  refuses: {
    'change-binds-nothing': invalid(
      'Process change {number} names no item, order or lot. Name at least one, or a trace cannot find it.',
      '工艺变更 {number} 未指定物料、订单或批次。请至少指定一项，否则无法追溯。',
    ),
  },
  decide: (_, input, { newId, actor }) => {
    const { number, from, itemIds, orderIds, lotIds } = input
    if (itemIds.length + orderIds.length + lotIds.length === 0) return refuse('change-binds-nothing', { number })
    const processChangeId = newId(ProcessChange)
    return [
      ProcessChangeRecorded({ ...input, processChangeId, recordedBy: actor.sub }),
      ...itemIds.map((itemId) => ItemProcessChanged({ itemId, processChangeId, from })),
    ]
  },
  examples: [
    {
      name: 'all pumps from February on',
      given: { items: [Item.like()] },
      when: { ...change, itemIds: [Item.sample()] },
      then: ['ProcessChangeRecorded', 'ItemProcessChanged'],
    },
    {
      name: 'one running order and one lot of it',
      given: { orders: [Order.like()], lots: [Lot.like()] },
      when: { ...change, orderIds: [Order.sample()], lotIds: [Lot.sample()] },
      then: ['ProcessChangeRecorded'],
    },
    {
      name: 'a change of nothing',
      given: {},
      when: change,
      then: { refused: 'change-binds-nothing' },
    },
  ],
})
