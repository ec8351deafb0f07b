import * as z from 'zod'
import { Recall, ScopePage } from '#domain/recall'
import { LocatedNode } from '#domain/whereabouts'
import { locate } from '#genealogy'
import { query } from '#kit'

export const handler = query({
  summary:
    'List what a recall touches, how sure that is and by which rule, and where each of it is now, a page a time.',
  route: 'GET /recalls/{recallId}/scope',
  roles: ['quality', 'warehouse', 'service', 'logistics', 'auditor'],
  input: z.strictObject({
    recallId: Recall.id,
    page: ScopePage,
  }),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table'],
  output: z.object({
    nodes: z.array(LocatedNode.extend({ since: z.number().int().describe('The pass over the scope that found it') })),
    pages: z.number().int(),
    /** Page to ask for next; absent on the last. */
    next: z.number().int().optional(),
  }),
  run: async ({ recall }, { recallId, page }, { scope, table }) => {
    const pages = recall.shards ?? 0
    const nodes = page < pages ? await scope.nodesOf(recallId, page) : []
    const located = await locate(nodes, table)
    return {
      nodes: located.map((node, index) => ({ ...node, since: nodes[index]!.since })),
      pages,
      ...(page + 1 < pages ? { next: page + 1 } : {}),
    }
  },
})
