import * as z from 'zod'
import { Calendar } from '#domain/calendar'
import { Clock, ClockStarted, clocksOf } from '#domain/clock'
import { ClockRule } from '#domain/clock-rule'
import { calendarsInForce, rulesInForce } from '#domain/clock-settings'
import { Recall, RecallExtended, RecallMilestoneReached, RecallNotified, RecallOpened } from '#domain/recall'
import { RecallClassified } from '#domain/recall-judgement'
import { listAll, reaction } from '#kit'

const classified = Recall.like({
  classes: [{ market: 'CN', class: '一级', reason: 'May cause death', by: 'usr-1', at: '2026-03-01T09:00:00.000Z' }],
})
const begun = clocksOf({ ...classified, id: Recall.sample() }, rulesInForce([]), calendarsInForce([]))

export const handler = reaction({
  summary: 'Start the clocks that a recall’s classes and milestones demand, each once.',
  on: [RecallOpened, RecallClassified, RecallNotified, RecallExtended, RecallMilestoneReached],
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [ClockStarted],
  refuses: {},
  uses: ['table'],
  perform: async ({ recall }, _, { table }) => {
    const [calendars, rules] = await Promise.all([
      listAll(table, 'worklist', Calendar, 'all'),
      listAll(table, 'worklist', ClockRule, 'all'),
    ])
    const due = clocksOf(recall, rulesInForce(rules), calendarsInForce(calendars))
    const running = await table.states(due.map(({ clockId }) => ({ entity: Clock, id: clockId })))
    return due.filter((_, index) => running[index] === undefined)
  },
  decide: (_, __, ___, missing) => missing.map((clock) => ClockStarted(clock)),
  examples: [
    {
      name: 'a first-class recall in China: report at once, notices in a day, plan in five working days',
      given: { recall: classified },
      when: { recallId: Recall.sample() },
      performed: begun,
      then: ['ClockStarted', 'ClockStarted', 'ClockStarted'],
    },
    {
      name: 'a case without a class has no terms yet',
      given: { recall: Recall.like() },
      when: { recallId: Recall.sample() },
      performed: [],
      then: [],
    },
  ],
})
