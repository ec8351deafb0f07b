import * as z from 'zod'
import { Calendar } from '#domain/calendar'
import { Clock, type ClockState, review } from '#domain/clock'
import { calendarsInForce } from '#domain/clock-settings'
import { Recall, type RecallState } from '#domain/recall'
import { listAll, task } from '#kit'

/** So many fit one message of a state machine many times over; the machine asks again for the rest. */
const most = 1000

export const handler = task({
  summary: 'Find the clocks that time, a calendar or the end of their case did something to.',
  input: z.object({}),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['table'],
  perform: async (_, __, { table }, { now }) => {
    const [calendars, running, overdue] = await Promise.all([
      listAll(table, 'worklist', Calendar, 'all'),
      listAll(table, 'worklist', Clock, 'running'),
      listAll(table, 'worklist', Clock, 'overdue'),
    ])
    const clocks = [...running, ...overdue].map(({ id, data }) => ({ ...(data as ClockState), id }))
    const ids = [...new Set(clocks.map(({ recallId }) => recallId))]
    const recalls = await table.states(ids.map((id) => ({ entity: Recall, id })))
    const recallOf = new Map(recalls.map((stored) => [stored?.id, stored?.data as RecallState | undefined]))
    const inForce = calendarsInForce(calendars)
    return clocks.flatMap((clock) => {
      const recall = recallOf.get(clock.recallId)
      return recall && review(clock, recall, inForce, now) ? [clock.id] : []
    })
  },
  decide: () => [],
  output: (_, due) => ({ clocks: due.slice(0, most).map((clockId) => ({ clockId })), more: due.length > most }),
  examples: [{ name: 'nothing is due', given: {}, when: {}, performed: [], then: [] }],
})
