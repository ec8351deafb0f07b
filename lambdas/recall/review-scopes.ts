import * as z from 'zod'
import { seedsOfEvidence } from '#domain/condition'
import { Recall } from '#domain/recall'
import { scopeSignature, suspicionOf } from '#genealogy'
import { listAll, reaction, sha256 } from '#kit'
import { grownEvidence } from '#recall'

/** Statuses in which a machine is at work, or gave up. */
const underWay = ['opened', 'frozen', 'scoped'] as const

export const handler = reaction({
  summary:
    'Start the machine of each recall whose scope or evidence has changed since it was written, or whose machine gave up.',
  on: { everyMinutes: 5 },
  input: z.object({}),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['genealogy', 'table', 'workflow'],
  perform: async (_, __, ports, { now }) => {
    const started: string[] = []
    // One name an hour for one change: a start that is repeated does nothing, one that failed is tried again.
    const start = async (recallId: string, ...change: (string | number)[]) => {
      await ports.workflow.start('recall', [recallId, ...change, now.slice(0, 13)].join('-'), { recallId })
      started.push(recallId)
    }
    for (const status of ['scoped', 'notified'])
      for (const { id, data } of await listAll(ports.table, 'worklist', Recall, status)) {
        const recall = Recall.schema.parse(data)
        const seeds = seedsOfEvidence(await grownEvidence(recall, ports, now))
        if (seeds.length === 0) continue
        await ports.workflow.start('recall-evidence', `${id}-${sha256(seeds.join()).slice(0, 16)}`, { recallId: id })
        started.push(id)
      }
    for (const { id, data } of await listAll(ports.table, 'worklist', Recall, 'notified')) {
      const recall = Recall.schema.parse(data)
      if (recall.signature === undefined || started.includes(id)) continue
      const signature = await scopeSignature(suspicionOf(recall), ports)
      if (signature !== recall.signature || recall.passedOn > recall.passedOnInScope)
        await start(id, recall.pass, signature.slice(0, 12), recall.passedOn)
    }
    for (const status of underWay)
      for (const { id, data } of await listAll(ports.table, 'worklist', Recall, status))
        if (Recall.schema.parse(data).failure) await start(id, status)
    return started
  },
  decide: () => [],
  examples: [{ name: 'nothing has changed', given: {}, when: {}, performed: [], then: [] }],
})
