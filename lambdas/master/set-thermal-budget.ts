import * as z from 'zod'
import { Item, ItemThermalBudgetSet } from '#domain/item'
import { budgetRefusals, ThermalBudget } from '#domain/thermal-budget'
import { Reason } from '#domain/values'
import { command, refuse } from '#kit'

const when = {
  ...{ itemId: Item.sample(), reason: 'Stability study ST-12' },
  thermalBudget: { minutesAbove: 720, longestMinutes: 240, highestC: 25, meanKineticC: 8 },
}

export const handler = command({
  summary:
    'Say what an item may bear outside its storage range; lots that bore something keep the budget they had then.',
  route: 'POST /items/{itemId}/thermal-budget',
  roles: ['quality'],
  input: z.strictObject({ itemId: Item.id, thermalBudget: ThermalBudget, reason: Reason }),
  reads: { item: Item.at('itemId') },
  emits: [ItemThermalBudgetSet],
  refuses: budgetRefusals,
  decide: ({ item: { code, storage } }, input) =>
    storage?.minC === undefined && storage?.maxC === undefined
      ? refuse('budget-without-range', { code })
      : ItemThermalBudgetSet(input),
  examples: [
    {
      name: 'a reagent whose stability was studied',
      given: { item: Item.like({ storage: { minC: 2, maxC: 8 } }) },
      when,
      then: ['ItemThermalBudgetSet'],
    },
    { name: 'an item without a range', given: { item: Item.like() }, when, then: { refused: 'budget-without-range' } },
  ],
})
