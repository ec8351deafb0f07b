import * as z from 'zod'
import { Lot } from '#domain/lot'
import { Notice, noticeIdOf } from '#domain/notice'
import { Recall, ScopePage } from '#domain/recall'
import { Account, accountsOf, openInHouse } from '#domain/reconciliation'
import { exact, query } from '#kit'

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
  run: async ({ recall }, { recallId, page }, { scope, table }) => {
    const pages = recall.shards ?? 0
    const [parties, nodes] = await Promise.all(
      page < pages ? [scope.partiesOf(recallId, page), scope.nodesOf(recallId, page)] : [[], []],
    )
    const notices = await table.states(
      parties.map(({ partnerId }) => ({ entity: Notice, id: noticeIdOf(recallId, partnerId) })),
    )
    const accounts = parties.flatMap((party, index) => {
      const stored = notices[index]
      return accountsOf(party, stored && Notice.schema.parse(stored.data), recall.drill)
    })
    const isLot = ({ id }: { id: string }) => id.startsWith(`${Lot.prefix}_`)
    const lots = await table.states(nodes.filter(isLot).map(({ id }) => ({ entity: Lot, id })))
    const house = await Promise.all(
      lots.flatMap((lot) => (lot ? [lot] : [])).map(async (lot) => openInHouse(lot, await table.balances(lot.id))),
    )
    const total = (field: (typeof sums)[number]) => accounts.reduce((all, one) => exact(all + one[field]), 0)
    return {
      accounts,
      house: house.filter(({ unexplained }) => unexplained !== 0),
      explanations: recall.explanations,
      totals: Object.fromEntries(sums.map((field) => [field, total(field)])) as Record<(typeof sums)[number], number>,
      pages,
      ...(page + 1 < pages ? { next: page + 1 } : {}),
    }
  },
})
