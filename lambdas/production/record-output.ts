import * as z from 'zod'
import { HappenedAt, happenedRefusals, notYet } from '#domain/happened'
import { Item } from '#domain/item'
import { Location, storageRefusals, storageUnfit } from '#domain/location'
import { Lot, LotProduced, unitRefusals } from '#domain/lot'
import { elsewhere, Order, OutputRecorded, orderRefusals, outputLimit, unstarted } from '#domain/order'
import { BuiltIn, births, componentMismatch, componentsOf, productMismatch } from '#domain/output'
import { distinct, LotNumber, Quantity, QuantityOrZero, Unit } from '#domain/values'
import { command, exact, invalid, refuse, refused } from '#kit'

const output = { lotNumber: LotNumber, quantity: QuantityOrZero, unit: Unit, scrapped: QuantityOrZero.default(0) }

const given = { order: Order.like(), item: Item.like(), location: Location.like() }
const when = {
  orderId: Order.sample(),
  locationId: Location.sample(),
  lotNumber: 'P-2601',
  quantity: 98,
  unit: 'each',
} as const
const tube = { lotId: Lot.sample(), quantity: 1, unit: 'each' } as const
const serial = { ...given, item: Item.like({ tracking: 'serial', shelfLifeDays: 730 }) }

interface Sizes {
  readonly serials: readonly string[]
  readonly units: readonly { readonly components: readonly { readonly lotId: string }[] }[]
  readonly coProducts: readonly unknown[]
}

/** Whether it fits one transaction, at worst: everything born frozen, each lot from another balance. */
function fits({ serials, units, coProducts }: Sizes): boolean {
  const components = units.flatMap((one) => one.components.map(({ lotId }) => lotId))
  const lots = new Set(components).size
  return 5 * serials.length + 6 * coProducts.length + components.length + 2 * lots <= 100 - 8
}

export const handler = command({
  summary:
    'Record what came out of a started order: its lot or serial units, co-products and scrap, all in quarantine.',
  route: 'POST /orders/{orderId}/outputs',
  roles: ['production'],
  input: z
    .strictObject({
      orderId: Order.id,
      locationId: Location.id,
      ...output,
      serials: z
        .array(LotNumber)
        .max(15)
        .refine(distinct, 'must not repeat')
        .default([])
        .describe('One serial number for each good unit of an item that is tracked by serial'),
      units: z
        .array(z.strictObject({ serial: LotNumber, components: BuiltIn }))
        .max(15)
        .refine((list) => distinct(list.map((one) => one.serial)), 'must not name a serial twice')
        .default([])
        .describe('Unit map: which of the issued material is in which unit, where that is known'),
      coProducts: z
        .array(z.strictObject({ itemId: Item.id, lotNumber: LotNumber, quantity: Quantity, unit: Unit }))
        .max(2)
        .refine((list) => distinct(list.map(({ itemId }) => itemId)), 'must not name an item twice')
        .default([]),
      happenedAt: HappenedAt,
    })
    .refine(fits, 'must fit one transaction: record fewer units, or units with fewer components, at once'),
  reads: {
    order: Order.at('orderId'),
    item: Item.of('order.itemId'),
    location: Location.at('locationId'),
    coItems: Item.at('coProducts[].itemId'),
    components: Lot.at('units[].components[].lotId'),
  },
  emits: [LotProduced, OutputRecorded],
  refuses: {
    ...orderRefusals,
    ...unitRefusals,
    ...storageRefusals,
    ...happenedRefusals,
    'output-empty': invalid(
      'Neither good nor scrapped quantity is given for order {number}. Give at least one of them.',
      '生产订单 {number} 的合格数量和报废数量均为 0。请至少填写其一。',
    ),
    'serials-mismatch': invalid(
      'Item {code} is tracked by {tracking}: give {wanted} serial numbers, not {given}.',
      '物料 {code} 按 {tracking} 追踪：应提供 {wanted} 个序列号，而非 {given} 个。',
    ),
    'unit-not-in-output': invalid(
      'The unit map names {serial}, which is not among the serial numbers of this output. Add it to "serials" or correct it.',
      '装配对照中的 {serial} 不在本次产出的序列号中。请加入 “serials” 或更正。',
    ),
    'co-product-is-product': invalid(
      'Item {code} is what the order makes; it cannot be a co-product as well. Add it to "quantity".',
      '物料 {code} 是该订单的产品，不能同时作为联产品。请计入 “quantity”。',
    ),
    'output-over-plan': refused(
      'Order {number} may give {limit} {unit} and would give {would}. Plan another order for the rest.',
      '生产订单 {number} 允许产出 {limit} {unit}，将达到 {would}。超出部分请另行计划订单。',
    ),
  },
  decide: ({ order, item, location, coItems, components }, input, { now, actor, newId }) => {
    const { orderId, locationId, lotNumber, quantity, scrapped, unit, serials, units, happenedAt } = input
    const coProducts = input.coProducts.map((one, index) => ({
      ...one,
      item: coItems[index]!,
      scrapped: 0,
      serials: [],
    }))
    const products = [{ item, lotNumber, quantity, unit, scrapped, serials }, ...coProducts]
    const would = exact(order.produced + quantity)
    const limit = outputLimit(order)

    const no =
      unstarted(order) ??
      elsewhere(order, [location]) ??
      notYet(happenedAt, now) ??
      products.map((one) => productMismatch(one) ?? storageUnfit(one.item, location)).find(Boolean) ??
      units.map((one) => componentMismatch(one.components, components)).find(Boolean)
    if (no) return no
    if (quantity + scrapped === 0) return refuse('output-empty', { number: order.number })
    const stranger = units.find((one) => !serials.includes(one.serial))
    if (stranger) return refuse('unit-not-in-output', { serial: stranger.serial })
    if (coItems.some(({ id }) => id === item.id)) return refuse('co-product-is-product', { code: item.code })
    if (would > limit) return refuse('output-over-plan', { number: order.number, limit, unit, would })

    const made = { orderId, locationId, producedBy: actor.sub, happenedAt }
    const lots = products
      .flatMap((product) => births(product, happenedAt ?? now))
      .map((lot) => {
        const parts = units.find((one) => lot.serial !== undefined && one.serial === lot.serial)?.components
        return LotProduced({ ...made, ...lot, lotId: newId(Lot), components: parts && componentsOf(parts, components) })
      })
    const lotIds = lots.map(({ data }) => data.lotId)
    return [...lots, OutputRecorded({ orderId, quantity, scrapped, unit, lotIds })]
  },
  examples: [
    {
      name: 'a lot, a co-product and scrap come out',
      given: { ...given, coItems: [Item.like({ code: 'REGRIND', unit: 'kg' })] },
      when: {
        ...when,
        scrapped: 2,
        coProducts: [{ itemId: Item.sample(5), lotNumber: 'P-2601', quantity: 1.25, unit: 'kg' }],
      },
      then: ['LotProduced', 'LotProduced', 'OutputRecorded'],
    },
    {
      name: 'each unit has its serial number',
      given: serial,
      when: { ...when, quantity: 2, serials: ['SN-0001', 'SN-0002'] },
      then: ['LotProduced', 'LotProduced', 'OutputRecorded'],
    },
    {
      name: 'the unit map says which tube is in which pump',
      given: { ...serial, components: [Lot.like({ itemId: Item.sample(2) })] },
      stock: { [Lot.sample()]: { [Order.sample()]: 1 } },
      when: {
        ...{ ...when, quantity: 2, serials: ['SN-0001', 'SN-0002'] },
        units: [{ serial: 'SN-0002', components: [tube] }],
      },
      then: ['LotProduced', 'LotProduced', 'OutputRecorded'],
    },
    {
      name: 'only what was issued to the order can be in its units',
      given: { ...serial, components: [Lot.like({ itemId: Item.sample(2) })] },
      stock: { [Lot.sample()]: { [Location.sample()]: 100 } },
      when: { ...when, quantity: 1, serials: ['SN-0001'], units: [{ serial: 'SN-0001', components: [tube] }] },
      then: { refused: 'stock-short' },
    },
    {
      name: 'a unit that did not come out has no components',
      given: { ...serial, components: [Lot.like({ itemId: Item.sample(2) })] },
      when: { ...when, quantity: 1, serials: ['SN-0001'], units: [{ serial: 'SN-0009', components: [tube] }] },
      then: { refused: 'unit-not-in-output' },
    },
    {
      name: 'units scrapped before they had a number are counted',
      given: serial,
      when: { ...when, quantity: 0, scrapped: 1 },
      then: ['OutputRecorded'],
    },
    {
      name: 'nothing is no output',
      given,
      when: { ...when, quantity: 0 },
      then: { refused: 'output-empty' },
    },
    {
      name: 'a unit without its serial number is not taken',
      given: serial,
      when: { ...when, quantity: 2, serials: ['SN-0001'] },
      then: { refused: 'serials-mismatch' },
    },
    {
      name: 'the product is not its own co-product',
      given: { ...given, coItems: [Item.like()] },
      when: { ...when, coProducts: [{ itemId: Item.sample(), lotNumber: 'P-2602', quantity: 1, unit: 'each' }] },
      then: { refused: 'co-product-is-product' },
    },
    {
      name: 'no more comes out than was planned',
      given: { ...given, order: Order.like({ produced: 3 }) },
      when,
      then: { refused: 'output-over-plan' },
    },
    {
      name: 'pieces are not kilograms',
      given,
      when: { ...when, unit: 'kg' },
      then: { refused: 'unit-mismatch' },
    },
    {
      name: 'what must be kept cold is not put away warm',
      given: { ...given, item: Item.like({ storage: { minC: 2, maxC: 8 } }) },
      when,
      then: { refused: 'storage-unfit' },
    },
    {
      name: 'a closed order gives nothing',
      given: { ...given, order: Order.like({ status: 'closed' }) },
      when,
      then: { refused: 'order-not-started' },
    },
    {
      name: 'output is put away at the site of its order',
      given: { ...given, location: Location.like({ siteId: 'sit_00000000000000000000000002' }) },
      when,
      then: { refused: 'location-elsewhere' },
    },
  ],
})
