import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Item } from '#domain/item'
import { Location, storageRefusals, storageUnfit } from '#domain/location'
import { Lot, unitMismatch, unitRefusals } from '#domain/lot'
import { elsewhere, MaterialReturned, Order, orderRefusals, unstarted } from '#domain/order'
import { Quantity, Unit } from '#domain/values'
import { command } from '#kit'

const when = {
  orderId: Order.sample(),
  lines: [{ lotId: Lot.sample(), locationId: Location.sample(), quantity: 20, unit: 'each' as const }],
}

export const handler = command({
  summary: 'Bring material that a started order did not use back to locations.',
  route: 'POST /orders/{orderId}/material-returns',
  roles: ['production', 'warehouse'],
  input: z.strictObject({
    orderId: Order.id,
    lines: z
      .array(z.strictObject({ lotId: Lot.id, locationId: Location.id, quantity: Quantity, unit: Unit }))
      .min(1)
      .max(15),
    happenedAt: HappenedAt,
  }),
  reads: {
    order: Order.at('orderId'),
    lots: Lot.at('lines[].lotId'),
    items: Item.of('lots[].itemId'),
    locations: Location.at('lines[].locationId'),
  },
  emits: [MaterialReturned],
  refuses: { ...orderRefusals, ...unitRefusals, ...storageRefusals, ...happenedRefusals },
  decide: ({ order, lots, items, locations }, { orderId, lines, happenedAt }, { now }) => {
    const wrong = lines.map(
      ({ unit, quantity }, index) =>
        unitMismatch(lots[index]!, unit, quantity) ?? storageUnfit(items[index]!, locations[index]!),
    )
    const returned = lines.map((line, index) => ({ ...line, itemId: lots[index]!.itemId }))
    return (
      unstarted(order) ??
      elsewhere(order, locations) ??
      notYet(happenedAt, now) ??
      wrong.find(Boolean) ??
      MaterialReturned({ orderId, lines: returned, happenedAt })
    )
  },
  examples: [
    {
      name: 'what is left over goes back to the shelf',
      given: { order: Order.like(), lots: [Lot.like()], items: [Item.like()], locations: [Location.like()] },
      stock: { [Lot.sample()]: { [Order.sample()]: 20 } },
      when,
      then: ['MaterialReturned'],
    },
    {
      name: 'more than was issued cannot come back',
      given: { order: Order.like(), lots: [Lot.like()], items: [Item.like()], locations: [Location.like()] },
      stock: { [Lot.sample()]: { [Order.sample()]: 19 } },
      when,
      then: { refused: 'stock-short' },
    },
    {
      name: 'a closed order has consumed what it has',
      given: {
        order: Order.like({ status: 'closed' }),
        lots: [Lot.like()],
        items: [Item.like()],
        locations: [Location.like()],
      },
      when,
      then: { refused: 'order-not-started' },
    },
  ],
})
