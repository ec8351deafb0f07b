import * as z from 'zod'
import { entity } from '#kit'
import { Code, Quantity, Unit } from './values.ts'

export const BomLine = z.strictObject({ itemId: z.string(), quantity: Quantity, unit: Unit })

/** One revision of an item's bill of materials; it never changes, a new revision replaces it. */
export const Bom = entity('bom', {
  area: 'master',
  prefix: 'bom',
  state: z.object({
    itemId: z.string(),
    revision: Code,
    /** Quantity of the item that the lines make. */
    per: Quantity,
    lines: z.array(BomLine),
  }),
  example: {
    itemId: 'itm_00000000000000000000000001',
    revision: 'A',
    per: 1,
    lines: [{ itemId: 'itm_00000000000000000000000002', quantity: 2, unit: 'each' }],
  },
  group: ({ itemId }) => itemId,
  unique: { revision: ({ itemId, revision }) => `${itemId} ${revision}` },
})

export const BomDefined = Bom.born(
  'BomDefined',
  z.object({ bomId: Bom.id, itemId: z.string(), revision: Code, per: Quantity, lines: z.array(BomLine) }),
  ({ bomId: _, ...defined }) => defined,
)
