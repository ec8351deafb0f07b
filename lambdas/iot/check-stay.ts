import * as z from 'zod'
import { Stay, StayBegan, StayChanged, timesOf } from '#domain/stay'
import { checkFacts, checksOf } from '#domain/thermal-record'
import { reaction } from '#kit'
import { watchersOf } from '#readings'

const when = { stayId: Stay.sample() }

export const handler = reaction({
  summary: 'Ask for a lot to be assessed that came to, or left, a place which was outside its range then.',
  on: [StayBegan, StayChanged],
  input: z.object({ stayId: Stay.id }),
  reads: { stay: Stay.at('stayId') },
  emits: checkFacts,
  refuses: {},
  uses: ['table'],
  perform: async ({ stay }, _, { table }) => {
    const watchers = (await watchersOf([stay.place], table)).get(stay.place) ?? []
    const exposures = watchers.flatMap(({ status }) => status.recent)
    return timesOf(stay).some(({ from, until = '9999' }) =>
      exposures.some(({ start, end = '9999' }) => start < until && from < end),
    )
  },
  decide: ({ stay: { lotId } }, _, context, isExposed) => (isExposed ? checksOf([lotId], undefined, context) : []),
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
