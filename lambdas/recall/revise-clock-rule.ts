import * as z from 'zod'
import { ClockRule, ClockRuleRevised, ClockTerm } from '#domain/clock-rule'
import { command } from '#kit'

const { code: _, ...term } = ClockRule.like({ amount: 30 })

export const handler = command({
  summary: 'Change a defined term; clocks that run keep the one under which they began.',
  route: 'PUT /clock-rules/{clockRuleId}',
  roles: ['quality'],
  input: z.strictObject({ clockRuleId: ClockRule.id, term: ClockTerm }),
  reads: { rule: ClockRule.at('clockRuleId') },
  emits: [ClockRuleRevised],
  refuses: {},
  decide: (_, { clockRuleId, term }) => ClockRuleRevised({ clockRuleId, ...term }),
  examples: [
    {
      name: 'a longer term was agreed',
      given: { rule: ClockRule.like() },
      when: { clockRuleId: ClockRule.sample(), term },
      then: ['ClockRuleRevised'],
    },
  ],
})
