import * as z from 'zod'
import { Bom } from '#domain/bom'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Item } from '#domain/item'
import { Location } from '#domain/location'
import { Lot, lotRefusals, unitMismatch, unitRefusals, unready, unusable } from '#domain/lot'
import { elsewhere, MaterialIssued, Order, orderRefusals, unstarted } from '#domain/order'
import { Quantity, Reason, Unit } from '#domain/values'
import { command, refuse, refused } from '#kit'

const part = (changes: Parameters<typeof Lot.like>[0] = {}) => Lot.like({ itemId: Item.sample(2), ...changes })
const line = { lotId: Lot.sample(), locationId: Location.sample(), quantity: 20, unit: 'each' } as const
const given = { order: Order.like(), bom: Bom.like(), locations: [Location.like()] }
const when = { orderId: Order.sample(), lines: [line] }

export const handler = command({
  summary:
    'Put usable lots from locations into a started order, each as its BOM lists it or with the reason why not; or what is to be reworked.',
  route: 'POST /orders/{orderId}/materials',
  roles: ['production', 'warehouse'],
  input: z.strictObject({
    orderId: Order.id,
    lines: z
      .array(
        z.strictObject({
          lotId: Lot.id,
          locationId: Location.id,
          quantity: Quantity,
          unit: Unit,
          deviation: Reason.optional().describe('Why an item is used that the BOM does not list'),
          rework: Reason.optional().describe('Why a finished lot goes in, to come out again as the same lot'),
        }),
      )
      .min(1)
      .max(20),
    happenedAt: HappenedAt,
  }),
  reads: {
    order: Order.at('orderId'),
    bom: Bom.of('order.bomId').optional(),
    lots: Lot.at('lines[].lotId').unfrozen(),
    locations: Location.at('lines[].locationId'),
  },
  emits: [MaterialIssued],
  refuses: {
    ...orderRefusals,
    ...lotRefusals,
    ...unitRefusals,
    ...happenedRefusals,
    'material-not-on-bom': refused(
      'Lot {number} is of an item that BOM revision {revision} does not list. Issue a listed item or give "deviation", the reason.',
      '批次 {number} 的物料不在 BOM 版本 {revision} 中。请投入所列物料，或在 “deviation” 中说明原因。',
    ),
  },
  decide: ({ order, bom, lots, locations }, { orderId, lines, happenedAt }, { now }) => {
    const no = unstarted(order) ?? elsewhere(order, locations) ?? notYet(happenedAt, now)
    if (no) return no
    for (const [index, lot] of lots.entries()) {
      const { unit, quantity, deviation, rework } = lines[index]!
      const refusal = (rework ? unready(lot, now) : unusable(lot, now)) ?? unitMismatch(lot, unit, quantity)
      if (refusal) return refusal
      const explained = deviation ?? rework
      if (bom && explained === undefined && !bom.lines.some(({ itemId }) => itemId === lot.itemId))
        return refuse('material-not-on-bom', { number: lot.number, revision: bom.revision })
    }
    const issued = lines.map((line, index) => ({ ...line, itemId: lots[index]!.itemId }))
    return MaterialIssued({ orderId, lines: issued, happenedAt })
  },
  examples: [
    {
      name: 'two lots of one item go into an order',
      given: { ...given, lots: [part(), part({ number: 'L-2602' })], locations: [Location.like(), Location.like()] },
      stock: { [Lot.sample()]: { [Location.sample()]: 20 }, [Lot.sample(2)]: { [Location.sample()]: 180 } },
      when: { ...when, lines: [line, { ...line, lotId: Lot.sample(2), quantity: 180 }] },
      then: ['MaterialIssued'],
    },
    {
      name: 'an unlisted item goes in with its reason',
      given: { ...given, lots: [part({ itemId: Item.sample(3) })] },
      stock: { [Lot.sample()]: { [Location.sample()]: 20 } },
      when: { ...when, lines: [{ ...line, deviation: 'Substitute approved in deviation 26-014' }] },
      then: ['MaterialIssued'],
    },
    {
      name: 'a returned unit goes in to be reworked',
      given: { ...given, lots: [Lot.like({ serial: 'SN-77', quantity: 1, status: 'quarantine' })] },
      stock: { [Lot.sample()]: { [Location.sample()]: 1 } },
      when: { ...when, lines: [{ ...line, quantity: 1, rework: 'Display flickers' }] },
      then: ['MaterialIssued'],
    },
    {
      name: 'a MES reports what happened while the network was down',
      given: { ...given, lots: [part()] },
      stock: { [Lot.sample()]: { [Location.sample()]: 20 } },
      when: { ...when, happenedAt: '2026-02-28T22:10:00.000Z' },
      then: ['MaterialIssued'],
    },
    {
      name: 'what has not happened yet is not recorded',
      given: { ...given, lots: [part()] },
      when: { ...when, happenedAt: '2099-12-31T08:00:00.000Z' },
      then: { refused: 'happened-in-future' },
    },
    {
      name: 'an unlisted item without a reason stays out',
      given: { ...given, lots: [part({ itemId: Item.sample(3) })] },
      when,
      then: { refused: 'material-not-on-bom' },
    },
    {
      name: 'an order that was not started takes nothing',
      given: { ...given, order: Order.like({ status: 'planned' }), lots: [part()] },
      when,
      then: { refused: 'order-not-started' },
    },
    {
      name: 'material of another site stays there',
      given: { ...given, lots: [part()], locations: [Location.like({ siteId: 'sit_00000000000000000000000002' })] },
      when,
      then: { refused: 'location-elsewhere' },
    },
    {
      name: 'a held lot is not consumed',
      given: { ...given, lots: [part({ status: 'held', hold: 'Particles found' })] },
      when,
      then: { refused: 'lot-held' },
    },
    {
      name: 'a lot in quarantine is not consumed',
      given: { ...given, lots: [part({ status: 'quarantine' })] },
      when,
      then: { refused: 'lot-unreleased' },
    },
    {
      name: 'an expired lot is not consumed',
      given: { ...given, lots: [part({ expires: '2020-01-31' })] },
      when,
      then: { refused: 'lot-expired' },
    },
    {
      name: 'kilograms are not pieces',
      given: { ...given, lots: [part({ unit: 'kg' })] },
      when,
      then: { refused: 'unit-mismatch' },
    },
    {
      name: 'more than stands there cannot be issued',
      given: { ...given, lots: [part()] },
      stock: { [Lot.sample()]: { [Location.sample()]: 19 } },
      when,
      then: { refused: 'stock-short' },
    },
  ],
})
