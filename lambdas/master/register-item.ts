import * as z from 'zod'
import { Item, ItemRegistered } from '#domain/item'
import { Registration } from '#domain/registration'
import { command } from '#kit'

export const handler = command({
  summary: 'Say what authorities know an item by: model, intended use, submissions, certificates.',
  route: 'PUT /items/{itemId}/registration',
  roles: ['admin', 'quality'],
  input: z.strictObject({ itemId: Item.id, registration: Registration }),
  reads: { item: Item.at('itemId') },
  emits: [ItemRegistered],
  refuses: {},
  decide: (_, input) => ItemRegistered(input),
  examples: [
    {
      name: 'a pump in three markets',
      given: { item: Item.like() },
      when: {
        itemId: Item.sample(),
        registration: {
          ...{ brand: 'Flow', model: 'P-100', use: { en: 'Infusion of liquids', zh: '用于液体输注' } },
          us: { submission: 'K123456', listing: 'D123456' },
          eu: { basicUdiDi: '1987654Ad4X4bL5ttr2310c2K', riskClass: 'IIb' },
          cn: { certificate: '国械注进20263140001' },
        },
      },
      then: ['ItemRegistered'],
    },
  ],
})
