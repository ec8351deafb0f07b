import * as z from 'zod'
import { Notice, noticeIdOf } from '#domain/notice'
import { Recall } from '#domain/recall'
import { query } from '#kit'

const Party = z.object({
  partnerId: z.string(),
  role: z.enum(['customer', 'supplier']),
  /** The customer who passed it on to this one. */
  via: z.string().optional(),
  noticeId: z.string(),
  /** `waiting` until the notice is made. */
  status: z.string(),
  acknowledgedBy: z.string().optional(),
  /** How many lots and units it got or delivered; its notice lists them. */
  lots: z.int(),
})

export const handler = query({
  summary: 'Show a recall: its state, its facts, and each party with its notice and answer.',
  route: 'GET /recalls/{recallId}',
  roles: ['quality', 'service', 'logistics', 'auditor', 'admin'],
  input: z.strictObject({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  uses: ['scope', 'table'],
  output: z.object({
    recall: Recall.schema.extend({ id: z.string() }),
    parties: z.array(Party),
    history: z.array(z.looseObject({ type: z.string(), at: z.string() })),
  }),
  run: async ({ recall }, { recallId }, { scope, table }) => {
    const parties = await scope.parties(recallId, recall.shards ?? 0)
    const ids = parties.map(({ partnerId }) => noticeIdOf(recallId, partnerId))
    const notices = await table.states(ids.map((id) => ({ entity: Notice, id })))
    return {
      recall,
      parties: parties.map(({ partnerId, role, via, lots }, index) => ({
        ...{ partnerId, role, via, lots: lots.length, noticeId: ids[index]! },
        status: String(notices[index]?.data.status ?? 'waiting'),
        acknowledgedBy: notices[index]?.data.acknowledgedBy as string | undefined,
      })),
      history: (await table.history(Recall, recallId)).map((fact) => ({ ...fact })),
    }
  },
})
