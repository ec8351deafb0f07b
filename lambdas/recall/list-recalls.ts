import * as z from 'zod'
import { Recall } from '#domain/recall'
import { query } from '#kit'

export const handler = query({
  summary: 'List the recalls and drills in one status, oldest first.',
  route: 'GET /recalls',
  roles: ['quality', 'service', 'logistics', 'auditor', 'admin'],
  input: z.strictObject({ status: Recall.schema.shape.status, cursor: z.string().max(500).optional() }),
  reads: {},
  uses: ['table'],
  output: z.object({
    recalls: z.array(Recall.schema.extend({ id: z.string() })),
    next: z.string().optional(),
  }),
  run: async (_, { status, cursor }, { table }) => {
    const { items, next } = await table.list('worklist', Recall, status, cursor)
    return { recalls: items.map(({ id, data }) => ({ ...Recall.schema.parse(data), id })), next }
  },
})
