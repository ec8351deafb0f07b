import * as z from 'zod'
import { Calendar } from '#domain/calendar'
import { Clock, ClockMet, ClockStarted, clockRefusals, start, stopped } from '#domain/clock'
import { calendarsInForce } from '#domain/clock-settings'
import { Recall } from '#domain/recall'
import { Instant, Line } from '#domain/values'
import { command, invalid, listAll, refuse } from '#kit'

const report = {
  clockId: Clock.sample(),
  metAt: '2026-03-01T12:00:00.000Z',
  evidence: 'FDA eSubmitter receipt CR-2026-0017',
}
const given = { clock: Clock.like(), recall: Recall.like() }

export const handler = command({
  summary: 'Record that what a clock asks for is done, with what shows it; a repeating one starts again.',
  route: 'POST /clocks/{clockId}/fulfilment',
  roles: ['quality'],
  input: z.strictObject({
    clockId: Clock.id,
    metAt: Instant,
    /** Number of the submission, or where its receipt is kept. */
    evidence: Line,
  }),
  reads: { clock: Clock.at('clockId'), recall: Recall.of('clock.recallId') },
  emits: [ClockMet, ClockStarted],
  refuses: {
    ...clockRefusals,
    'fulfilment-time-impossible': invalid(
      'It was not done at {metAt}: the clock began at {startedAt}, and what is to come is not done. Correct "metAt".',
      '完成时间 {metAt} 不可能：时限自 {startedAt} 起算，且尚未发生的事不能算完成。请更正 “metAt”。',
    ),
  },
  uses: ['table'],
  perform: async (_, __, { table }) => calendarsInForce(await listAll(table, 'worklist', Calendar, 'all')),
  decide: ({ clock, recall }, { clockId, metAt, evidence }, { now }, calendars) => {
    const { recallId, drill, rule, term, startedAt, turn, dueAt } = clock
    const gone = stopped(clock)
    if (gone) return gone
    if (Date.parse(metAt) > Date.parse(now) || Date.parse(metAt) < Date.parse(startedAt))
      return refuse('fulfilment-time-impossible', { metAt, startedAt })
    const met = ClockMet({ clockId, recallId, metAt, evidence, late: Date.parse(metAt) > Date.parse(dueAt) })
    if (!term.repeats || recall.status === 'closed') return met
    return [met, ClockStarted(start(recallId, drill, { code: rule, ...term }, metAt, turn + 1, calendars))]
  },
  examples: [
    { name: 'the report was sent', given, performed: calendarsInForce([]), when: report, then: ['ClockMet'] },
    {
      name: 'a report that falls due again',
      given: { ...given, clock: Clock.like({ term: { ...Clock.like().term, repeats: true } }) },
      performed: calendarsInForce([]),
      when: report,
      then: ['ClockMet', 'ClockStarted'],
    },
    {
      name: 'it is met once',
      given: { ...given, clock: Clock.like({ status: 'met' }) },
      performed: calendarsInForce([]),
      when: report,
      then: { refused: 'clock-stopped' },
    },
    {
      name: 'not before it began',
      given,
      performed: calendarsInForce([]),
      when: { ...report, metAt: '2020-01-31T08:00:00.000Z' },
      then: { refused: 'fulfilment-time-impossible' },
    },
  ],
})
