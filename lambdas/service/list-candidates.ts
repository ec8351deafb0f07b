import * as z from 'zod'
import { Candidate } from '#domain/dispatch'
import { ServiceOrder } from '#domain/service-order'
import { everyone, query } from '#kit'
import { candidates } from '#readings'

export const handler = query({
  summary: 'Show who can serve an order: trained for it, working there, and with the parts on hand; the best first.',
  route: 'GET /service-orders/{serviceOrderId}/candidates',
  roles: everyone,
  input: z.strictObject({ serviceOrderId: ServiceOrder.id }),
  reads: { order: ServiceOrder.at('serviceOrderId') },
  uses: ['table'],
  output: z.object({ candidates: z.array(Candidate) }),
  run: async ({ order }, _, { table }, { now }) => ({ candidates: await candidates(order, table, now) }),
})
