import * as z from 'zod'
import { Lot } from '#domain/lot'
import { Partner } from '#domain/partner'
import { Recall, RecallOpened } from '#domain/recall'
import { listAll, sha256, stableId, task } from '#kit'

/** So many customers are looked at for a lot that they got, before the drill is given up. */
const tries = 10

const run = { run: 'drill-2026-03-01' }
const found = { recallId: Recall.sample(), lotId: Lot.sample(), known: false }

export const handler = task({
  summary: 'Open the continuous drill on some lot that a customer got; which one, only the hash of its name says.',
  input: z.object({ run: z.string().min(1) }),
  reads: {},
  emits: [RecallOpened],
  refuses: {},
  uses: ['table'],
  perform: async (_, { run }, { table }) => {
    const recallId = stableId(Recall.prefix, run)
    const [known] = await table.states([{ entity: Recall, id: recallId }])
    const customers = await listAll(table, 'worklist', Partner, 'customer')
    // A hash is as good as a dice, and falls the same when the machine runs again.
    const drawn = customers
      .map(({ id }) => ({ id, rank: sha256(`${run} ${id}`) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    for (const { id } of drawn.slice(0, tries)) {
      const { items } = await table.stock('place', id)
      const [lot] = items
        .map(({ lotId }) => ({ lotId, rank: sha256(`${run} ${lotId}`) }))
        .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      if (lot) return { recallId, lotId: lot.lotId, known: known !== undefined }
    }
    return { recallId, lotId: undefined, known: known !== undefined }
  },
  decide: (_, { run }, { now, actor }, { recallId, lotId, known }) =>
    known || !lotId
      ? []
      : RecallOpened({
          ...{ recallId, title: `Continuous drill: lot ${lotId}`, reason: `Drill ${run} of the records`, drill: true },
          ...{ source: { kind: 'person' }, seeds: [lotId], evidence: [], exclusions: [], openedAt: now, by: actor.sub },
        }),
  output: (_, { recallId, lotId, known }) => ({ recallId, opened: known || lotId !== undefined }),
  examples: [
    { name: 'a lot is drawn', given: {}, when: run, performed: found, then: ['RecallOpened'] },
    { name: 'the machine runs again', given: {}, when: run, performed: { ...found, known: true }, then: [] },
    { name: 'nobody got anything yet', given: {}, when: run, performed: { ...found, lotId: undefined }, then: [] },
  ],
})
