import * as z from 'zod'
import { Recall, ScopePage } from '#domain/recall'
import { Account } from '#domain/reconciliation'
import { exact, query } from '#kit'
import { reconcileShard } from '#recall'

const sums = ['shipped', 'found', 'used', 'returned', 'destroyed', 'passedOn', 'unexplained'] as const

export const handler = query({
  summary: 'Account for every lot in the scope of a recall, at each consignee and in the house, a page a time.',
  route: 'GET /recalls/{recallId}/reconciliation',
  roles: ['quality', 'service', 'logistics', 'auditor', 'admin'],
  input: z.strictObject({
    recallId: Recall.id,
    page: ScopePage,
  }),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table'],
  output: z.object({
    accounts: z.array(Account),
    /** Lots whose counts in the house differ from the books. */
    house: z.array(z.object({ lotId: z.string(), unexplained: z.number() })),
    explanations: Recall.schema.shape.explanations,
    /** Sums over this page. */
    totals: z.record(z.enum(sums), z.number()),
    pages: z.number().int(),
    /** Page to ask for next; absent on the last. */
    next: z.number().int().optional(),
  }),
  run: async ({ recall }, { page }, { scope, table }) => {
    const pages = recall.shards ?? 0
    const { accounts, house } =
      page < pages ? await reconcileShard(recall, page, { scope, table }) : { accounts: [], house: [] }
    const total = (field: (typeof sums)[number]) => accounts.reduce((all, one) => exact(all + one[field]), 0)
    return {
      accounts,
      house,
      explanations: recall.explanations,
      totals: Object.fromEntries(sums.map((field) => [field, total(field)])) as Record<(typeof sums)[number], number>,
      pages,
      ...(page + 1 < pages ? { next: page + 1 } : {}),
    }
  },
})
