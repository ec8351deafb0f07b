import * as z from 'zod'
import { Recall } from '#domain/recall'
import { scopeSignature, suspicionOf } from '#genealogy'
import { listAll, reaction } from '#kit'

export const handler = reaction({
  summary:
    'Look whether the scope of an open recall has changed since it was written; where it has, take a pass again.',
  on: { everyMinutes: 5 },
  input: z.object({}),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['genealogy', 'table', 'workflow'],
  perform: async (_, __, ports, { now }) => {
    const started: string[] = []
    for (const { id: recallId, data } of await listAll(ports.table, 'worklist', Recall, 'notified')) {
      const recall = Recall.schema.parse(data)
      const signature = await scopeSignature(suspicionOf(recall), ports)
      if (signature === recall.signature && recall.passedOn === recall.passedOnInScope) continue
      // One name an hour for one change: a start that is repeated does nothing, one that failed is tried again.
      const name = [recallId, recall.pass, signature.slice(0, 12), recall.passedOn, now.slice(0, 13)].join('-')
      await ports.workflow.start('recall', name, { recallId })
      started.push(recallId)
    }
    return started
  },
  decide: () => [],
  examples: [{ name: 'nothing has changed', given: {}, when: {}, performed: [], then: [] }],
})
