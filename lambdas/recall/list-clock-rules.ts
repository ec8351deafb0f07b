import * as z from 'zod'
import { ClockRule, ClockTerm } from '#domain/clock-rule'
import { rulesInForce } from '#domain/clock-settings'
import { everyone, listAll, query } from '#kit'

export const handler = query({
  summary: 'Show the terms in force: the built-in ones, and those that a company defined.',
  route: 'GET /clock-rules',
  roles: everyone,
  input: z.strictObject({}),
  reads: {},
  uses: ['table'],
  output: z.object({
    rules: z.array(
      z.object({
        code: z.string(),
        /** Id of a defined one, by which it is revised. */
        clockRuleId: z.string().optional(),
        term: ClockTerm,
      }),
    ),
  }),
  run: async (_, __, { table }) => {
    const defined = await listAll(table, 'worklist', ClockRule, 'all')
    const idOf = new Map(defined.map(({ id, data }) => [data.code, id]))
    return {
      rules: rulesInForce(defined).map(({ code, ...term }) => ({ code, clockRuleId: idOf.get(code), term })),
    }
  },
})
