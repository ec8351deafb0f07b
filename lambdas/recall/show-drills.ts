import * as z from 'zod'
import { DrillResult, Hole, quantileOf, ranked } from '#domain/drill-result'
import { Recall, type RecallState } from '#domain/recall'
import { listAll, query } from '#kit'

export const handler = query({
  summary: 'Show what the continuous drills found: how fast, how complete, and which holes the records have most.',
  route: 'GET /drills',
  roles: ['quality', 'auditor', 'admin'],
  input: z.strictObject({}),
  reads: {},
  uses: ['table'],
  output: z.object({
    drills: z.array(z.object({ recallId: z.string(), openedAt: z.string(), result: DrillResult })),
    /** Of ten drills nine and a half were as fast as this, in seconds. */
    secondsToScopeP95: z.number().optional(),
    /** The worst of them, in percent. */
    accountedWorst: z.number().optional(),
    holes: z.array(Hole),
  }),
  run: async (_, __, { table }) => {
    const all = await listAll(table, 'group', Recall, 'measured')
    const drills = all
      .flatMap(({ id: recallId, data }) => {
        const { openedAt, drillResult: result } = data as RecallState
        return result ? [{ recallId, openedAt, result }] : []
      })
      .sort((a, b) => (a.openedAt < b.openedAt ? -1 : 1))
    const results = drills.map(({ result }) => result)
    return {
      drills,
      secondsToScopeP95: quantileOf(
        results.flatMap(({ secondsToScope }) => secondsToScope ?? []),
        0.95,
      ),
      accountedWorst: quantileOf(
        results.map(({ accounted }) => accounted),
        0,
      ),
      holes: ranked(
        results.flatMap(({ holes }) =>
          holes.flatMap(({ kind, count, example }) => Array.from({ length: count }, () => [kind, example] as const)),
        ),
      ),
    }
  },
})
