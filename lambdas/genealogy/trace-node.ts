import * as z from 'zod'
import { TracedNode } from '#domain/whereabouts'
import { locate } from '#genealogy'
import { query } from '#kit'

const Edge = z.object({
  kind: z.string(),
  from: z.string(),
  to: z.string(),
  at: z.string(),
  stated: z.literal(true).optional(),
  until: z.string().optional(),
  quantity: z.number().optional(),
  unit: z.string().optional(),
  itemId: z.string().optional(),
  party: z.string().optional(),
})

export const handler = query({
  summary: 'Trace a lot, unit, order, supplier lot, equipment or process change to all it touches or comes from.',
  route: 'GET /traces/{nodeId}',
  roles: ['quality', 'production', 'warehouse', 'service', 'logistics', 'purchasing', 'auditor'],
  input: z.strictObject({
    nodeId: z
      .string()
      .regex(/^[a-z-]{3,12}[_:][\w:. /+-]{1,120}$/, 'must be an id, or supplier-lot:<supplier id>:<number>'),
    direction: z.enum(['forward', 'backward']).default('forward'),
  }),
  reads: {},
  uses: ['genealogy', 'table'],
  output: z.object({
    nodes: z.array(TracedNode),
    edges: z.array(Edge),
    loops: z.array(z.string()),
    complete: z.literal(true),
  }),
  run: async (_, { nodeId, direction }, { genealogy, table }) => {
    const trace = await genealogy.trace([nodeId], direction)
    return { ...trace, nodes: await locate(trace.nodes, table), edges: [...trace.edges], loops: [...trace.loops] }
  },
})
