import * as z from 'zod'
import {
  Exposure,
  ExposureClosed,
  ExposureEndStated,
  ExposureOpened,
  ExposureRevised,
  ExposureWithdrawn,
} from '#domain/exposure'
import { Lot } from '#domain/lot'
import { checkFacts, checksOf } from '#domain/thermal-record'
import { reaction } from '#kit'
import { lotsAt } from '#readings'

const when = { exposureId: Exposure.sample() }

export const handler = reaction({
  summary: 'Find the lots that were at a place while it was outside its range, and ask for each to be assessed.',
  on: [ExposureOpened, ExposureClosed, ExposureEndStated, ExposureRevised, ExposureWithdrawn],
  input: z.object({ exposureId: Exposure.id }),
  reads: { exposure: Exposure.at('exposureId') },
  emits: checkFacts,
  refuses: {},
  uses: ['table'],
  perform: ({ exposure: { locationId, start } }, _, { table }, { now }) =>
    lotsAt(locationId === undefined ? [] : [locationId], start, table, now),
  decide: (_, { exposureId }, context, lotIds) => checksOf(lotIds, exposureId, context),
  examples: [
    {
      name: 'twenty lots in a cold room',
      given: { exposure: Exposure.like() },
      when,
      performed: Array.from({ length: 20 }, (_, n) => Lot.sample(n + 1)),
      then: ['ThermalCheckAsked', 'ThermalCheckAsked'],
    },
    { name: 'an empty cold room', given: { exposure: Exposure.like() }, when, performed: [], then: [] },
  ],
})
