import { Lot } from '#domain/lot'
import { checkFacts, checksOf, ThermalCheck, ThermalCheckSpread } from '#domain/thermal-record'
import { reaction } from '#kit'

const lotIds = Array.from({ length: 30 }, (_, n) => Lot.sample(n + 1))

export const handler = reaction({
  summary: 'Ask for the lots of a large store to be assessed, in parts that fit a transaction each.',
  on: [ThermalCheckSpread],
  input: ThermalCheckSpread.schema,
  reads: {},
  emits: checkFacts,
  refuses: {},
  decide: (_, { lotIds, exposureId }, context) => checksOf(lotIds, exposureId, context),
  examples: [
    {
      name: 'thirty lots',
      given: {},
      when: { thermalCheckId: ThermalCheck.sample(), ...ThermalCheck.like({ lotIds }) },
      then: ['ThermalCheckAsked', 'ThermalCheckAsked', 'ThermalCheckAsked'],
    },
  ],
})
