import * as z from 'zod'
import { Recall, type RecallState } from '#domain/recall'
import { listAll, task } from '#kit'

export const handler = task({
  summary: 'List the partitions of every recall whose parties are told and that is not closed.',
  input: z.object({}),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['table'],
  perform: async (_, __, { table }) => {
    const open = await listAll(table, 'worklist', Recall, 'notified')
    return open.flatMap(({ id: recallId, data }) => {
      const { drill, shards = 1 } = data as RecallState
      return drill ? [] : Array.from({ length: shards }, (_, shard) => ({ recallId, shard }))
    })
  },
  decide: () => [],
  output: (_, shards) => ({ shards }),
  examples: [{ name: 'no recall is open', given: {}, when: {}, performed: [], then: [] }],
})
