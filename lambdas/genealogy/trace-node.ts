import * as z from 'zod'
import { NodeId } from '#domain/nodes'
import { asOf, summaryOf, TraceSummary } from '#domain/trace'
import { LocatedNode } from '#domain/whereabouts'
import { locate, nodesAtOnce, unknownNode } from '#genealogy'
import { Cursor, query } from '#kit'

export const handler = query({
  summary: 'Trace one thing to all it touches or comes from: in short, and each of it a page a time.',
  route: 'GET /traces/{nodeId}',
  roles: ['quality', 'production', 'warehouse', 'service', 'logistics', 'purchasing', 'auditor'],
  input: z.strictObject({
    nodeId: NodeId,
    direction: z.enum(['forward', 'backward']).default('forward'),
    asOf,
    cursor: Cursor.optional(),
  }),
  reads: {},
  uses: ['genealogy', 'table'],
  refuses: ['entity-unknown'],
  output: TraceSummary.extend({
    nodes: z.array(LocatedNode),
    /** Where the next page of nodes begins; absent on the last page. */
    next: z.string().optional(),
  }),
  run: async (_, { nodeId, direction, asOf, cursor }, { genealogy, table }) => {
    const unknown = await unknownNode([nodeId], 'nodeId', table)
    if (unknown) return unknown
    const traced = await genealogy.trace({ seeds: [{ node: nodeId }], direction, asOf })
    const { items, next } = traced.page(cursor, nodesAtOnce)
    return { ...summaryOf(traced), nodes: await locate(items, table), next }
  },
})
