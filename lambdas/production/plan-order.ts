import * as z from 'zod'
import { Bom } from '#domain/bom'
import { Item } from '#domain/item'
import { unitMismatch, unitRefusals } from '#domain/lot'
import { Order, OrderPlanned } from '#domain/order'
import { Site } from '#domain/site'
import { Code, Day, Quantity, Unit } from '#domain/values'
import { command, invalid, refuse } from '#kit'

const plan = {
  number: 'PO-1001',
  siteId: Site.sample(),
  itemId: Item.sample(),
  quantity: 100,
  unit: 'each',
  due: '2099-12-31',
} as const

export const handler = command({
  summary: 'Plan a production order by the current BOM revision of the item, or by the one given.',
  route: 'POST /orders',
  roles: ['production'],
  input: z.strictObject({
    number: Code,
    siteId: Site.id,
    itemId: Item.id,
    bomId: Bom.id.optional(),
    quantity: Quantity,
    unit: Unit,
    overproduction: z.number().min(0).max(100).default(0).describe('How much more than planned may come out, percent'),
    due: Day,
  }),
  reads: { site: Site.at('siteId'), item: Item.at('itemId'), bom: Bom.at('bomId').optional() },
  emits: [OrderPlanned],
  refuses: {
    ...unitRefusals,
    'bom-of-another-item': invalid(
      'BOM revision {revision} makes another item than {code}. Give a revision of {code}, or none for its current one.',
      'BOM 版本 {revision} 不属于物料 {code}。请给出 {code} 的版本，或留空以使用当前版本。',
    ),
  },
  decide: ({ item, bom }, input, { newId }) => {
    if (bom && bom.itemId !== item.id) return refuse('bom-of-another-item', { revision: bom.revision, code: item.code })
    return (
      unitMismatch({ number: item.code, unit: item.unit }, input.unit, input.quantity) ??
      OrderPlanned({ ...input, orderId: newId(Order), bomId: input.bomId ?? item.bomId })
    )
  },
  examples: [
    {
      name: 'an order is planned by the current BOM',
      given: { site: Site.like(), item: Item.like({ bomId: Bom.sample() }) },
      when: plan,
      then: ['OrderPlanned'],
    },
    {
      name: 'an order is planned by an older revision, with room for more',
      given: { site: Site.like(), item: Item.like({ bomId: Bom.sample(2) }), bom: Bom.like() },
      when: { ...plan, bomId: Bom.sample(), overproduction: 5 },
      then: ['OrderPlanned'],
    },
    {
      name: 'the BOM must make the item',
      given: { site: Site.like(), item: Item.like(), bom: Bom.like({ itemId: Item.sample(9) }) },
      when: { ...plan, bomId: Bom.sample() },
      then: { refused: 'bom-of-another-item' },
    },
    {
      name: 'units are never converted',
      given: { site: Site.like(), item: Item.like({ unit: 'kg' }) },
      when: plan,
      then: { refused: 'unit-mismatch' },
    },
    {
      name: 'half a pump is not planned',
      given: { site: Site.like(), item: Item.like() },
      when: { ...plan, quantity: 0.5 },
      then: { refused: 'quantity-not-whole' },
    },
  ],
})
