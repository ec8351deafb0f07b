import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Item } from '#domain/item'
import { Location, storageRefusals, storageUnfit } from '#domain/location'
import { Lot, LotReworked, unitMismatch, unitRefusals } from '#domain/lot'
import { elsewhere, Order, OutputRecorded, orderRefusals, unstarted } from '#domain/order'
import { BuiltIn, componentMismatch, componentsOf } from '#domain/output'
import { Quantity, Unit } from '#domain/values'
import { command } from '#kit'

const unit = Lot.like({ serial: 'SN-77', quantity: 1, status: 'quarantine' })
const given = { order: Order.like(), lot: unit, item: Item.like(), location: Location.like() }
const when = {
  ...{ orderId: Order.sample(), lotId: Lot.sample(), locationId: Location.sample() },
  ...{ quantity: 1, unit: 'each' as const },
}
const battery = { lotId: Lot.sample(2), quantity: 1, unit: 'each' } as const
const stock = { [Lot.sample()]: { [Order.sample()]: 1 }, [Lot.sample(2)]: { [Order.sample()]: 1 } }

export const handler = command({
  summary: 'Record that a lot or unit came out of an order as the same it was, with the parts that were built in.',
  route: 'POST /orders/{orderId}/reworks',
  roles: ['production'],
  input: z.strictObject({
    orderId: Order.id,
    lotId: Lot.id,
    locationId: Location.id,
    quantity: Quantity,
    unit: Unit,
    components: BuiltIn.optional().describe('Which of the issued material is in it now'),
    happenedAt: HappenedAt,
  }),
  reads: {
    order: Order.at('orderId'),
    lot: Lot.at('lotId'),
    item: Item.of('lot.itemId'),
    location: Location.at('locationId'),
    parts: Lot.at('components[].lotId'),
  },
  emits: [LotReworked, OutputRecorded],
  refuses: { ...orderRefusals, ...unitRefusals, ...storageRefusals, ...happenedRefusals },
  decide: ({ order, lot, item, location, parts }, { components = [], ...input }, { now }) =>
    unstarted(order) ??
    elsewhere(order, [location]) ??
    notYet(input.happenedAt, now) ??
    unitMismatch(lot, input.unit, input.quantity) ??
    componentMismatch(components, parts) ??
    storageUnfit(item, location) ?? [
      LotReworked({ ...input, itemId: lot.itemId, components: componentsOf(components, parts) }),
      OutputRecorded({
        ...{ orderId: input.orderId, lotIds: [input.lotId] },
        ...{ quantity: input.quantity, scrapped: 0, unit: input.unit },
      }),
    ],
  examples: [
    {
      name: 'a pump comes back from rework with a new battery',
      given: { ...given, parts: [Lot.like({ itemId: Item.sample(2) })] },
      stock,
      when: { ...when, components: [battery] },
      then: ['LotReworked', 'OutputRecorded'],
    },
    {
      name: 'a lot is sorted again, with nothing new in it',
      given: { ...given, lot: Lot.like() },
      stock: { [Lot.sample()]: { [Order.sample()]: 100 } },
      when: { ...when, quantity: 100 },
      then: ['LotReworked', 'OutputRecorded'],
    },
    {
      name: 'what did not go in cannot come out',
      given,
      stock: { [Lot.sample()]: { [Location.sample()]: 1 } },
      when,
      then: { refused: 'stock-short' },
    },
    {
      name: 'a closed order gives nothing back',
      given: { ...given, order: Order.like({ status: 'closed' }) },
      when,
      then: { refused: 'order-not-started' },
    },
  ],
})
