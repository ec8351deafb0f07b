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
import { leftOn, Stay, type StayState } from '#domain/stay'
import { checkFacts, checksOf } from '#domain/thermal-record'
import { listAll, reaction } from '#kit'

const dayMs = 86_400_000
/** Readings come at most a week late; of an exposure that lasted longer, those who left earlier were assessed before. */
const mostDays = 9

const when = { exposureId: Exposure.sample() }

export const handler = reaction({
  summary: 'Find the lots that were at a place while it was outside its range, and ask for each to be assessed.',
  on: [ExposureOpened, ExposureClosed, ExposureEndStated, ExposureRevised, ExposureWithdrawn],
  input: z.object({ exposureId: Exposure.id }),
  reads: { exposure: Exposure.at('exposureId') },
  emits: checkFacts,
  refuses: {},
  uses: ['table'],
  perform: async ({ exposure: { locationId: place, start } }, _, { table }, { now }) => {
    if (place === undefined) return []
    const days = Math.min(Math.floor((Date.parse(now) - Date.parse(start)) / dayMs) + 2, mostDays)
    const gone = Array.from({ length: days }, (_, n) => new Date(Date.parse(now) - n * dayMs).toISOString())
    const lists = [place, ...gone.map((at) => leftOn(place, at))]
    const stays = (await Promise.all(lists.map((list) => listAll(table, 'worklist', Stay, list)))).flat()
    return [...new Set(stays.map(({ data }) => (data as StayState).lotId))].sort()
  },
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
