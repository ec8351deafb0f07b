import * as z from 'zod'
import { Item } from '#domain/item'
import { unitMismatch, unitRefusals } from '#domain/lot'
import { Partner, partnerRefusals, roleMissing } from '#domain/partner'
import { PurchaseOrder, PurchaseOrderPlaced } from '#domain/purchase-order'
import { Site } from '#domain/site'
import { Code, Day, Quantity, Unit } from '#domain/values'
import { command } from '#kit'

const supplier = Partner.like({ code: 'S-100', name: 'Acme Resins', roles: ['supplier'] })
const order = {
  number: 'PO-2602',
  supplierId: Partner.sample(),
  siteId: Site.sample(),
  lines: [{ itemId: Item.sample(), quantity: 500, unit: 'each' as const, due: '2099-12-31' }],
}

export const handler = command({
  summary: 'Order items from a supplier for one site.',
  route: 'POST /purchase-orders',
  roles: ['purchasing'],
  input: z.strictObject({
    number: Code,
    supplierId: Partner.id,
    siteId: Site.id,
    lines: z
      .array(z.strictObject({ itemId: Item.id, quantity: Quantity, unit: Unit, due: Day.optional() }))
      .min(1)
      .max(60),
  }),
  reads: { supplier: Partner.at('supplierId'), site: Site.at('siteId'), items: Item.at('lines[].itemId') },
  emits: [PurchaseOrderPlaced],
  refuses: { ...partnerRefusals, ...unitRefusals },
  decide: ({ supplier, items }, input, { now, actor, newId }) => {
    const wrong =
      roleMissing(supplier, 'supplier') ??
      input.lines
        .map(({ unit, quantity }, index) =>
          unitMismatch({ number: items[index]!.code, unit: items[index]!.unit }, unit, quantity),
        )
        .find((refusal) => refusal !== undefined)
    if (wrong) return wrong
    return PurchaseOrderPlaced({ ...input, purchaseOrderId: newId(PurchaseOrder), placedAt: now, placedBy: actor.sub })
  },
  examples: [
    {
      name: 'valves are ordered',
      given: { supplier, site: Site.like(), items: [Item.like()] },
      when: order,
      then: ['PurchaseOrderPlaced'],
    },
    {
      name: 'a hospital does not supply',
      given: { supplier: Partner.like(), site: Site.like(), items: [Item.like()] },
      when: order,
      then: { refused: 'partner-role-missing' },
    },
    {
      name: 'resin is ordered in kilograms',
      given: { supplier, site: Site.like(), items: [Item.like({ code: 'RESIN', unit: 'kg' })] },
      when: order,
      then: { refused: 'unit-mismatch' },
    },
  ],
})
