import * as z from 'zod'
import { ClockRule, ClockRuleDefined, ClockTerm } from '#domain/clock-rule'
import { Code } from '#domain/values'
import { command } from '#kit'

const { code, ...term } = ClockRule.like()

export const handler = command({
  summary: 'Define a term that recalls must keep, also in place of a built-in one of the same code.',
  route: 'POST /clock-rules',
  roles: ['quality'],
  input: z.strictObject({ code: Code, term: ClockTerm }),
  reads: {},
  emits: [ClockRuleDefined],
  refuses: {},
  decide: (_, { code, term }, { newId }) => ClockRuleDefined({ clockRuleId: newId(ClockRule), code, ...term }),
  examples: [{ name: 'a status report every four weeks', given: {}, when: { code, term }, then: ['ClockRuleDefined'] }],
})
