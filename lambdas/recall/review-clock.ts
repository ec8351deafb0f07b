import * as z from 'zod'
import { Calendar } from '#domain/calendar'
import { Clock, ClockMoved, ClockOverdue, ClockWithdrawn, review } from '#domain/clock'
import { calendarsInForce } from '#domain/clock-settings'
import { Recall } from '#domain/recall'
import { listAll, task } from '#kit'

const inUs = { market: 'US', class: 'II', reason: 'Reversible', by: 'usr-1', at: '2020-01-31T08:00:00.000Z' } as const
const recall = Recall.like({ classes: [inUs] })
const old = { startedAt: '2020-01-31T08:00:00.000Z', dueOn: '2020-02-14', dueAt: '2020-02-15T05:00:00.000Z' }
const calendars = calendarsInForce([])

export const handler = task({
  summary: 'Write down what time did to a clock: it is overdue, its day moved, or nothing is asked any more.',
  input: z.object({ clockId: Clock.id }),
  reads: { clock: Clock.at('clockId'), recall: Recall.of('clock.recallId') },
  emits: [ClockOverdue, ClockMoved, ClockWithdrawn],
  refuses: {},
  uses: ['table'],
  perform: async (_, __, { table }) => calendarsInForce(await listAll(table, 'worklist', Calendar, 'all')),
  decide: ({ clock, recall }, _, { now }, calendars) => review(clock, recall, calendars, now) ?? [],
  output: ({ clockId }) => ({ clockId }),
  examples: [
    {
      name: 'a term has passed',
      given: { clock: Clock.like(old), recall },
      when: { clockId: Clock.sample() },
      performed: calendars,
      then: ['ClockOverdue'],
    },
    {
      name: 'a holiday came to be known',
      given: { clock: Clock.like({ ...old, dueOn: '2020-02-13', dueAt: '2020-02-14T05:00:00.000Z' }), recall },
      when: { clockId: Clock.sample() },
      performed: calendars,
      then: ['ClockMoved'],
    },
    {
      name: 'a class without that term',
      given: { clock: Clock.like(), recall: Recall.like({ classes: [{ ...inUs, class: 'III' }] }) },
      when: { clockId: Clock.sample() },
      performed: calendars,
      then: ['ClockWithdrawn'],
    },
    {
      name: 'one that was met stays met',
      given: { clock: Clock.like({ status: 'met' }), recall },
      when: { clockId: Clock.sample() },
      performed: calendars,
      then: [],
    },
  ],
})
