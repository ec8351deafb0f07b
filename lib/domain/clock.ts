import * as z from 'zod'
import { conflict, entity, type Loaded, refuse, shared, stableId } from '#kit'
import { type CalendarDays, covers, dayIn, endOfDay, workingDaysAfter } from './calendar.ts'
import { ClockTerm, type Rule } from './clock-rule.ts'
import type { RecallState } from './recall.ts'
import { Day, daysAfter, Instant, Line } from './values.ts'

const due = {
  /** Last day on which it is in time. */
  dueOn: Day,
  /** The end of that day where the authority is. */
  dueAt: Instant,
  /** The calendar does not know all holidays on the way yet; the day moves when it does. */
  provisional: z.boolean(),
}

const started = {
  recallId: z.string(),
  drill: z.boolean(),
  rule: Line,
  /** The term as it stood when the clock began: a case that is open for years keeps it. */
  term: ClockTerm,
  startedAt: Instant,
  /** 1, and one more for each time it fell due again. */
  turn: z.number().int(),
  ...due,
}

/** A regulator's term that runs in one recall. */
export const Clock = entity('clock', {
  area: 'recall',
  prefix: 'clk',
  state: z.object({
    ...started,
    status: z.enum(['running', 'overdue', 'met', 'withdrawn']),
    metAt: Instant.optional(),
    evidence: Line.optional(),
  }),
  example: {
    recallId: 'rcl_00000000000000000000000001',
    drill: false,
    rule: 'us-806',
    term: {
      market: 'US',
      classes: ['I', 'II'],
      after: 'initiated',
      amount: 10,
      unit: 'working-days',
      calendar: 'US',
      repeats: false,
      asks: { en: 'Report of the correction or removal to FDA', zh: '向 FDA 提交纠正或移除报告' },
      source: '21 CFR 806.10(b)',
    },
    startedAt: '2026-03-01T08:00:00.000Z',
    turn: 1,
    dueOn: '2026-03-13',
    dueAt: '2026-03-14T04:00:00.000Z',
    provisional: false,
    status: 'running',
  },
  worklist: ({ status }) => status,
  group: ({ recallId }) => recallId,
})

export type ClockState = z.infer<typeof Clock.schema>

export const ClockStarted = Clock.born(
  'ClockStarted',
  z.object({ clockId: Clock.id, ...started }),
  ({ clockId: _, ...clock }) => ({ ...clock, status: 'running' }),
)

export const ClockOverdue = Clock.fact(
  'ClockOverdue',
  z.object({ clockId: Clock.id, recallId: z.string(), rule: Line, dueAt: Instant }),
  (clock) => ({ ...clock, status: 'overdue' }),
)

/** The calendar learned of a holiday on the way. */
export const ClockMoved = Clock.fact('ClockMoved', z.object({ clockId: Clock.id, ...due }), (clock, moved) => ({
  ...clock,
  dueOn: moved.dueOn,
  dueAt: moved.dueAt,
  provisional: moved.provisional,
}))

/** Done, with what shows it: the number of a submission, a receipt. */
export const ClockMet = Clock.fact(
  'ClockMet',
  z.object({ clockId: Clock.id, recallId: z.string(), metAt: Instant, evidence: Line, late: z.boolean() }),
  (clock, { metAt, evidence }) => ({ ...clock, status: 'met', metAt, evidence }),
)

/** Nothing is asked any more: the class changed, or the drill is over. */
export const ClockWithdrawn = Clock.fact(
  'ClockWithdrawn',
  z.object({ clockId: Clock.id, reason: z.enum(['class-changed', 'case-closed']) }),
  (clock) => ({ ...clock, status: 'withdrawn' }),
)

export const clockRefusals = shared({
  'clock-stopped': conflict(
    'Clock {rule} is {status}; nothing is to be done for it any more.',
    '时限 {rule} 的状态为 {status}，无须再处理。',
  ),
})

/** Refuses to work on a clock that no longer runs. */
export const stopped = ({ rule, status }: ClockState) =>
  status === 'met' || status === 'withdrawn' ? refuse('clock-stopped', { rule, status }) : undefined

/** When a term that begins at this instant ends. */
export function dueOf({ amount, unit }: ClockTerm, startedAt: string, calendar: CalendarDays) {
  const first = dayIn(calendar.timeZone, startedAt)
  const dueOn = unit === 'working-days' ? workingDaysAfter(calendar, first, amount) : daysAfter(first, amount)
  const provisional = unit === 'working-days' && !covers(calendar, first, dueOn)
  return { dueOn, dueAt: endOfDay(calendar.timeZone, dueOn), provisional }
}

/** Calendars by their code. */
export type Calendars = Readonly<Record<string, CalendarDays>>

/** Calendar of a term; a rule that names none that is known is a mistake of who set it. */
function calendarOf({ calendar }: ClockTerm, calendars: Calendars): CalendarDays {
  const found = calendars[calendar]
  if (!found)
    throw new Error(`There is no calendar "${calendar}". Define it with POST /calendars, or correct the rule.`)
  return found
}

/** A clock begins; its id follows from case, rule, beginning and turn, so that it begins once. */
export function start(
  recallId: string,
  drill: boolean,
  { code, ...term }: Rule,
  at: string,
  turn: number,
  all: Calendars,
) {
  return {
    clockId: stableId('clk', `${recallId} ${code} ${at} ${turn}`),
    ...{ recallId, drill, rule: code, term, startedAt: at, turn },
    ...dueOf(term, at, calendarOf(term, all)),
  }
}

const applies = ({ market, classes }: ClockTerm, recall: RecallState) =>
  recall.classes.some((one) => one.market === market && (classes.length === 0 || classes.includes(one.class)))

/** Every first turn that the case's milestones and classes start, whether it began already or not. */
export const clocksOf = (recall: Loaded<RecallState>, rules: readonly Rule[], calendars: Calendars) =>
  rules
    .filter((rule) => applies(rule, recall))
    .flatMap((rule) =>
      recall.milestones
        .filter(({ name }) => name === rule.after)
        .map(({ at }) => start(recall.id, recall.drill, rule, at, 1, calendars)),
    )

/** What time did to a running or overdue clock, if anything. */
export function review(clock: Loaded<ClockState>, recall: RecallState, calendars: Calendars, now: string) {
  const { id: clockId, recallId, rule, term, status } = clock
  if (status !== 'running' && status !== 'overdue') return undefined
  if (recall.status === 'closed' && (clock.drill || term.repeats))
    return ClockWithdrawn({ clockId, reason: 'case-closed' })
  if (!applies(term, recall)) return ClockWithdrawn({ clockId, reason: 'class-changed' })
  const moved = dueOf(term, clock.startedAt, calendarOf(term, calendars))
  if (status === 'running' && moved.dueAt !== clock.dueAt) return ClockMoved({ clockId, ...moved })
  if (status === 'running' && Date.parse(clock.dueAt) <= Date.parse(now))
    return ClockOverdue({ clockId, recallId, rule, dueAt: clock.dueAt })
  return undefined
}
