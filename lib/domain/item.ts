import * as z from 'zod'
import { entity } from '#kit'
import { Registration } from './registration.ts'
import { ThermalBudget } from './thermal-budget.ts'
import { Code, daysAfter, Instant, Line, Reason, StorageRange, Unit } from './values.ts'

/** A name in English, and in Chinese where the item is sold or made there. */
export const ItemName = z.strictObject({ en: Line, zh: Line.optional() })

export const ItemKind = z.enum(['material', 'component', 'assembly', 'device'])

/** How single quantities are told apart: by lot, by unit, or (consumables without a record) not at all. */
export const Tracking = z.enum(['lot', 'serial', 'none'])

/** Something that is bought, made, kept or sold. */
export const Item = entity('item', {
  area: 'master',
  prefix: 'itm',
  state: z.object({
    code: Code,
    name: ItemName,
    kind: ItemKind,
    unit: Unit,
    tracking: Tracking,
    /** UDI-DI of a device, with a right check digit. */
    gtin: z.string().optional(),
    /** UDI-DI of HIBC, where its label is one: labeler, product number and unit of measure. */
    hibc: z.string().optional(),
    /** What authorities know it by. */
    registration: Registration.optional(),
    /** Days from birth to the last usable day. */
    shelfLifeDays: z.int().positive().optional(),
    storage: StorageRange.optional(),
    /** What it may bear outside its storage range. */
    thermalBudget: ThermalBudget.optional(),
    /** Current revision of its bill of materials. */
    bomId: z.string().optional(),
    /** Changes that every order for it inherits when it starts at or after `from`. */
    processChanges: z.array(z.object({ processChangeId: z.string(), from: Instant })),
  }),
  example: {
    code: 'PUMP-100',
    name: { en: 'Infusion pump 100', zh: '输液泵 100' },
    kind: 'device',
    unit: 'each',
    tracking: 'lot',
    processChanges: [],
  },
  worklist: ({ kind }) => kind,
  unique: {
    code: ({ code }) => code,
    // GTIN-12, -13 and -14 are one number space.
    gtin: ({ gtin }) => gtin?.padStart(14, '0'),
    hibc: ({ hibc }) => hibc,
  },
})

export type ItemState = z.infer<typeof Item.schema>

export const ItemDefined = Item.born(
  'ItemDefined',
  z.object({
    itemId: Item.id,
    code: Code,
    name: ItemName,
    kind: ItemKind,
    unit: Unit,
    tracking: Tracking,
    gtin: z.string().optional(),
    hibc: z.string().optional(),
    shelfLifeDays: z.int().positive().optional(),
    storage: StorageRange.optional(),
    thermalBudget: ThermalBudget.optional(),
  }),
  ({ itemId: _, ...defined }) => ({ ...defined, processChanges: [] }),
)

/** Authorities know it by other numbers or words from now on. */
export const ItemRegistered = Item.fact(
  'ItemRegistered',
  z.object({ itemId: Item.id, registration: Registration }),
  (item, { registration }) => ({ ...item, registration }),
)

/** A new revision of the bill of materials is the current one from now on. */
export const ItemBomRevised = Item.fact(
  'ItemBomRevised',
  z.object({ itemId: Item.id, bomId: z.string(), revision: Code }),
  (item, { bomId }) => ({ ...item, bomId }),
)

/** What the item may bear; lots that bore something already keep the budget of that time. */
export const ItemThermalBudgetSet = Item.fact(
  'ItemThermalBudgetSet',
  z.object({ itemId: Item.id, thermalBudget: ThermalBudget, reason: Reason }),
  (item, { thermalBudget }) => ({ ...item, thermalBudget }),
)

/** What is made of the item from a date carries a process change. */
export const ItemProcessChanged = Item.fact(
  'ItemProcessChanged',
  z.object({ itemId: Item.id, processChangeId: z.string(), from: Instant }),
  (item, { processChangeId, from }) => ({
    ...item,
    processChanges: [...item.processChanges, { processChangeId, from }],
  }),
)

/** Last usable day of what is born at this time; undefined where the item does not expire. */
export const expiryOf = ({ shelfLifeDays }: Pick<ItemState, 'shelfLifeDays'>, bornAt: string) =>
  shelfLifeDays === undefined ? undefined : daysAfter(bornAt, shelfLifeDays)
