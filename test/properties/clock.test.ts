import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CalendarDays, endOfDay, isWorkingDay, workingDaysAfter } from '../../lib/domain/calendar.ts'
import { builtInCalendars } from '../../lib/domain/calendars.ts'
import { Clock, clocksOf, dueOf, review } from '../../lib/domain/clock.ts'
import { builtInRules } from '../../lib/domain/clock-rules.ts'
import { Recall, type RecallState } from '../../lib/domain/recall.ts'
import { daysAfter } from '../../lib/domain/values.ts'

const day = fc.integer({ min: 0, max: 1400 }).map((n) => daysAfter('2025-01-01', n))
const calendar: fc.Arbitrary<CalendarDays> = fc.oneof(
  fc.constantFrom(...Object.values(builtInCalendars)),
  fc.record({
    name: fc.constant('Any'),
    timeZone: fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York', 'Europe/Berlin', 'Pacific/Kiritimati'),
    weekend: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 5 }),
    holidays: fc.array(day, { maxLength: 60 }),
    workdays: fc.array(day, { maxLength: 20 }),
    from: fc.constant('2025-01-01'),
    until: fc.constant('2028-12-31'),
  }),
)
const count = fc.integer({ min: 0, max: 40 })

describe('working days', () => {
  test('the n-th working day is one, and n of them lie between', () =>
    fc.assert(
      fc.property(calendar, day, count, (days, from, n) => {
        const until = workingDaysAfter(days, from, n)
        let worked = 0
        for (let at = from; at !== until; ) {
          at = daysAfter(at, 1)
          if (isWorkingDay(days, at)) worked += 1
        }
        expect(worked).toBe(n)
        if (n > 0) expect(isWorkingDay(days, until)).toBe(true)
      }),
    ))

  test('two terms one after the other are as long as both together', () =>
    fc.assert(
      fc.property(calendar, day, count, count, (days, from, a, b) => {
        expect(workingDaysAfter(days, workingDaysAfter(days, from, a), b)).toBe(workingDaysAfter(days, from, a + b))
      }),
    ))

  test('a holiday more never brings a term nearer', () =>
    fc.assert(
      fc.property(calendar, day, count, day, (days, from, n, holiday) => {
        const fewer = workingDaysAfter(days, from, n)
        const more = workingDaysAfter({ ...days, holidays: [...days.holidays, holiday] }, from, n)
        expect(more >= fewer).toBe(true)
      }),
    ))
})

test('a day ends when the next one begins on the wall clock of the authority', () =>
  fc.assert(
    fc.property(calendar, day, ({ timeZone }, on) => {
      const end = Date.parse(endOfDay(timeZone, on))
      const shown = (at: number) => new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at)
      expect([shown(end - 1), shown(end)]).toEqual([on, daysAfter(on, 1)])
    }),
  ))

describe('terms known to the day', () => {
  const dueOn = (code: string, at: string) => {
    const rule = builtInRules.find((one) => one.code === code)!
    return dueOf(rule, at, builtInCalendars[rule.calendar]!)
  }

  test.each([
    // Thanksgiving and a weekend lie between.
    ['us-806', '2026-11-20T15:00:00.000Z', '2026-12-07'],
    // In New York it is still the day before.
    ['us-806', '2026-11-21T02:00:00.000Z', '2026-12-07'],
    // The Saturday before Spring Festival is worked, the nine days of it are not.
    ['cn-plan', '2026-02-12T02:00:00.000Z', '2026-02-26'],
    ['cn-notice-1', '2026-02-12T17:00:00.000Z', '2026-02-14'],
    ['cn-event', '2026-02-12T02:00:00.000Z', '2026-02-12'],
    ['eu-87-serious', '2026-03-20T12:00:00.000Z', '2026-04-04'],
  ])('%s from %s ends on %s', (code, at, day) => {
    expect(dueOn(code, at)).toMatchObject({ dueOn: day, provisional: false })
  })

  test('a day of summer time ends an hour earlier in UTC', () => {
    expect(dueOn('eu-87-serious', '2026-03-20T12:00:00.000Z').dueAt).toBe('2026-04-04T22:00:00.000Z')
    expect(dueOn('eu-87-serious', '2026-01-20T12:00:00.000Z').dueAt).toBe('2026-02-04T23:00:00.000Z')
  })

  test('a year that nobody announced yet is provisional', () => {
    expect(dueOn('cn-plan', '2026-12-29T02:00:00.000Z').provisional).toBe(true)
  })
})

const case_ = (changes: Partial<RecallState>) => ({
  ...Recall.like({ openedAt: '2026-01-05T08:00:00.000Z', drill: false, ...changes }),
  id: Recall.sample(),
})
const inAll = (['US I', 'EU FSCA', 'CN 一级'] as const).map((one) => {
  const [market, name] = one.split(' ') as ['US' | 'EU' | 'CN', string]
  return { market, class: name, reason: 'Fatal', by: 'usr-1', at: '2026-01-05T09:00:00.000Z' }
})

test('a case in three markets starts every clock that its milestones demand, each under its own id', () => {
  const recall = case_({
    classes: inAll,
    milestones: [
      { name: 'decided', at: '2026-01-05T08:00:00.000Z' },
      { name: 'initiated', at: '2026-01-05T09:00:00.000Z' },
      { name: 'serious-incident', at: '2026-01-07T09:00:00.000Z' },
    ],
  })
  const clocks = clocksOf(recall, builtInRules, builtInCalendars)
  expect(clocks.map(({ rule }) => rule).sort()).toEqual([
    ...['cn-event', 'cn-notice-1', 'cn-plan', 'eu-87-serious', 'eu-fsca', 'eu-fsn'],
    ...['us-806', 'us-mdr-30', 'us-status'],
  ])
  expect(new Set(clocks.map(({ clockId }) => clockId)).size).toBe(clocks.length)
  expect(clocksOf(recall, builtInRules, builtInCalendars)).toEqual(clocks)
})

test('a case that is open for fourteen months keeps its clocks, and each is overdue exactly once', () => {
  const milestones = Array.from({ length: 14 }, (_, month) => ({
    name: 'extended' as const,
    at: new Date(Date.UTC(2026, month, 10, 8)).toISOString(),
  }))
  const recall = case_({ classes: inAll, milestones, status: 'notified' })
  const clocks = clocksOf(recall, builtInRules, builtInCalendars)
  expect(clocks).toHaveLength(14)
  const now = '2027-02-20T08:00:00.000Z'
  for (const { clockId, ...clock } of clocks) {
    const running = { ...Clock.schema.parse({ ...clock, status: 'running' }), id: clockId }
    const late = Date.parse(clock.dueAt) <= Date.parse(now)
    const fact = review(running, recall, builtInCalendars, now)
    expect(fact?.type).toBe(late ? 'ClockOverdue' : undefined)
    const next = late ? { ...running, status: 'overdue' as const } : running
    expect(late ? review(next, recall, builtInCalendars, now) : undefined).toBeUndefined()
  }
  expect(clocks.filter(({ dueAt }) => Date.parse(dueAt) > Date.parse(now))).toHaveLength(1)
})
