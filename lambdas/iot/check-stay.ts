import * as z from 'zod'
import { Lot } from '#domain/lot'
import { Stay, StayBegan, StayChanged, timesOf } from '#domain/stay'
import { checkFacts, checksOf, ThermalRecord } from '#domain/thermal-record'
import { reaction } from '#kit'
import { watchersOf } from '#readings'

const when = { stayId: Stay.sample(), lotId: Lot.sample() }

export const handler = reaction({
  summary:
    'Ask for a lot to be assessed that came to, or left, a place which was outside its range then, or may have borne something elsewhere.',
  on: [StayBegan, StayChanged],
  input: z.object({ stayId: Stay.id, lotId: Lot.id }),
  reads: { stay: Stay.at('stayId'), record: ThermalRecord.at('lotId').orAbsent() },
  emits: checkFacts,
  refuses: {},
  uses: ['table'],
  perform: async ({ stay, record }, { lotId: mine }, { table }) => {
    // What was recorded before this was noted may be too much now; what it was made of, or became, bears the same.
    if (record || stay.into || stay.arrivals.some(({ lotId }) => lotId !== mine)) return true
    const watchers = (await watchersOf([stay.place], table)).get(stay.place) ?? []
    const exposures = watchers.flatMap(({ status }) => status.recent)
    return timesOf(stay).some(({ from, until = '9999' }) =>
      exposures.some(({ start, end = '9999' }) => start < until && from < end),
    )
  },
  decide: (_, { lotId }, context, isConcerned) => (isConcerned ? checksOf([lotId], undefined, context) : []),
  examples: [
    {
      name: 'into a cold room that is too warm',
      given: { stay: Stay.like() },
      when,
      performed: true,
      then: ['ThermalCheckAsked'],
    },
    { name: 'into a cold room that is cold', given: { stay: Stay.like() }, when, performed: false, then: [] },
  ],
})
