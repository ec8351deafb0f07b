import * as z from 'zod'
import { Gtin } from '#domain/gtin'
import { Item, ItemDefined, ItemKind, ItemName, Tracking } from '#domain/item'
import { budgetRefusals, ThermalBudget } from '#domain/thermal-budget'
import { Code, StorageRange, Unit } from '#domain/values'
import { command, refuse, refused } from '#kit'

export const handler = command({
  summary: 'Define what is bought, made, kept or sold: its unit, how it is tracked, and what it must be kept at.',
  route: 'POST /items',
  roles: ['admin', 'production', 'purchasing'],
  input: z.strictObject({
    code: Code,
    name: ItemName,
    kind: ItemKind,
    unit: Unit,
    tracking: Tracking,
    gtin: Gtin.optional(),
    hibc: z
      .string()
      .regex(
        /^[A-Z][A-Z0-9]{4,21}\d$/,
        'must be the HIBC labeler, product number and unit of measure, e.g. A123BJC5D6E71',
      )
      .optional(),
    shelfLifeDays: z.int().min(1).max(36500).optional(),
    storage: StorageRange.optional(),
    thermalBudget: ThermalBudget.optional().describe('What it may bear outside its storage range in all its life'),
  }),
  reads: {},
  emits: [ItemDefined],
  refuses: {
    ...budgetRefusals,
    'serial-unit-not-each': refused(
      'Item {code} is tracked by serial number but kept in {unit}. Single units are kept in "each".',
      '物料 {code} 按序列号追踪，但单位为 {unit}。单件的单位须为 “each”。',
    ),
    'device-untracked': refused(
      'Item {code} is a device without tracking. Track it by "lot" or "serial".',
      '物料 {code} 为器械但未设追踪方式。请选择 “lot” 或 “serial”。',
    ),
  },
  decide: (_, input, { newId }) => {
    const { code, unit, kind, tracking, storage, thermalBudget } = input
    if (tracking === 'serial' && unit !== 'each') return refuse('serial-unit-not-each', { code, unit })
    if (tracking === 'none' && kind === 'device') return refuse('device-untracked', { code })
    if (thermalBudget && storage?.minC === undefined && storage?.maxC === undefined)
      return refuse('budget-without-range', { code })
    return ItemDefined({ ...input, itemId: newId(Item) })
  },
  examples: [
    {
      name: 'a device with its UDI-DI',
      given: {},
      when: {
        code: 'PUMP-100',
        name: { en: 'Infusion pump 100', zh: '输液泵 100' },
        kind: 'device',
        unit: 'each',
        tracking: 'serial',
        gtin: '04012345678901',
      },
      then: ['ItemDefined'],
    },
    {
      name: 'a material that is kept cold',
      given: {},
      when: {
        code: 'REAGENT-7',
        name: { en: 'Reagent 7' },
        kind: 'material',
        unit: 'ml',
        tracking: 'lot',
        shelfLifeDays: 365,
        storage: { minC: 2, maxC: 8 },
        thermalBudget: { minutesAbove: 120, highestC: 25, lowestC: 0 },
      },
      then: ['ItemDefined'],
    },
    {
      name: 'a budget needs a range to count against',
      given: {},
      when: {
        ...{ code: 'RESIN-1', name: { en: 'Resin' }, kind: 'material', unit: 'kg', tracking: 'lot' },
        thermalBudget: { minutesAbove: 120 },
      },
      then: { refused: 'budget-without-range' },
    },
    {
      name: 'single units are not kept in kilograms',
      given: {},
      when: { code: 'PUMP-200', name: { en: 'Pump' }, kind: 'device', unit: 'kg', tracking: 'serial' },
      then: { refused: 'serial-unit-not-each' },
    },
    {
      name: 'a device is never untracked',
      given: {},
      when: { code: 'PUMP-300', name: { en: 'Pump' }, kind: 'device', unit: 'each', tracking: 'none' },
      then: { refused: 'device-untracked' },
    },
  ],
})
