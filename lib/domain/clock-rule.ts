import * as z from 'zod'
import { entity } from '#kit'
import { Market } from './market.ts'
import { Milestone } from './recall.ts'
import { Code, Line } from './values.ts'

const term = {
  market: Market,
  /** Classes of that market for which it holds; every class where there is none. */
  classes: z.array(z.string()).max(10),
  /** What starts it. */
  after: Milestone,
  amount: z.number().int().min(0).max(3660),
  /** Calendar days run through holidays; 0 of either ends with the day itself, which is as near as days come to "at once". */
  unit: z.enum(['working-days', 'calendar-days']),
  /** Code of the calendar whose days and midnight count. */
  calendar: Code,
  /** Falls due again, this long after it was met, until the case is closed. */
  repeats: z.boolean(),
  /** What is to be done. */
  asks: z.strictObject({ en: Line, zh: Line }),
  /** The provision; wording that was not read at its source is marked [K] and can be set here. */
  source: Line,
}

/** A term that a regulator sets: data, so that a change of law is a command, not a release. */
export const ClockTerm = z.strictObject(term)
export type ClockTerm = z.infer<typeof ClockTerm>

/** A term by its code. */
export interface Rule extends ClockTerm {
  readonly code: string
}

/** A company's own term; it takes the place of the built-in one of the same code. */
export const ClockRule = entity('clock-rule', {
  area: 'recall',
  prefix: 'crl',
  state: z.object({ code: Code, ...term }),
  example: {
    code: 'us-status',
    market: 'US',
    classes: [],
    after: 'initiated',
    amount: 28,
    unit: 'calendar-days',
    calendar: 'US',
    repeats: true,
    asks: { en: 'Recall status report to FDA', zh: '向 FDA 提交召回进展报告' },
    source: '21 CFR 7.53; monthly as agreed with the district',
  },
  worklist: () => 'all',
  unique: { code: ({ code }) => code },
})

export const ClockRuleDefined = ClockRule.born(
  'ClockRuleDefined',
  z.object({ clockRuleId: ClockRule.id, code: Code, ...term }),
  ({ clockRuleId: _, ...defined }) => defined,
)

/** Clocks that run keep the term under which they began. */
export const ClockRuleRevised = ClockRule.fact(
  'ClockRuleRevised',
  z.object({ clockRuleId: ClockRule.id, ...term }),
  ({ code }, { clockRuleId: _, ...revised }) => ({ code, ...revised }),
)
