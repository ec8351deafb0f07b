import * as z from 'zod'
import { Notice, noticeIdOf, silence } from '#domain/notice'
import { Recall } from '#domain/recall'
import { task } from '#kit'

export const handler = task({
  summary: 'List the parties of one partition of a recall that have been silent for too long.',
  input: z.object({ recallId: Recall.id, shard: z.number().int() }),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['scope', 'table'],
  perform: async (_, { recallId, shard }, { scope, table }, { now }) => {
    const parties = await scope.partiesOf(recallId, shard)
    const ids = parties.map(({ partnerId }) => noticeIdOf(recallId, partnerId))
    const notices = await table.states(ids.map((id) => ({ entity: Notice, id })))
    return notices.flatMap((one) => (one && silence(Notice.schema.parse(one.data), now) ? [one.id] : []))
  },
  decide: () => [],
  output: (_, silent) => ({ silent: silent.map((noticeId) => ({ noticeId })) }),
  examples: [
    {
      name: 'everybody has answered',
      given: {},
      when: { recallId: Recall.sample(), shard: 0 },
      performed: [],
      then: [],
    },
  ],
})
