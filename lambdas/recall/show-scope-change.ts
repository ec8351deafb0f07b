import * as z from 'zod'
import { Recall, ScopePage, ScopePass } from '#domain/recall'
import { query } from '#kit'

export const handler = query({
  summary: 'Show what one pass over a recall’s scope changed: what entered or left, by which path and rule, and who.',
  route: 'GET /recalls/{recallId}/passes/{pass}',
  roles: ['quality', 'warehouse', 'service', 'logistics', 'auditor'],
  input: z.strictObject({ recallId: Recall.id, pass: z.coerce.number().int().min(1).max(999_999), page: ScopePage }),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope'],
  output: z.object({
    /** Absent where there was no such pass. */
    summary: ScopePass.optional(),
    /** Nodes that entered, those since when it is this pass, or that are known otherwise now. */
    nodes: z.array(
      z.object({
        ...{ id: z.string(), grade: z.string(), rule: z.string() },
        ...{ path: z.array(z.string()), since: z.number().int() },
      }),
    ),
    left: z.array(z.string()),
    /** Parties of which other lots are affected now; none where one left. */
    parties: z.array(
      z.object({ partnerId: z.string(), role: z.string(), via: z.string().optional(), lots: z.number().int() }),
    ),
    pages: z.number().int(),
    /** Page to ask for next; absent on the last. */
    next: z.number().int().optional(),
  }),
  run: async ({ recall }, { recallId, pass, page }, { scope }) => {
    const summary = pass <= recall.pass ? await scope.pass<ScopePass>(recallId, pass) : undefined
    const pages = summary?.shards ?? 0
    const { nodes, left, parties } =
      page < pages ? await scope.changesOf(recallId, page, pass) : { nodes: [], left: [], parties: [] }
    return {
      summary,
      nodes: nodes.map((node) => ({ ...node, path: [...node.path] })),
      left: [...left],
      parties: parties.map(({ partnerId, role, via, lots }) => ({ partnerId, role, via, lots: lots.length })),
      pages,
      ...(page + 1 < pages ? { next: page + 1 } : {}),
    }
  },
})
