import * as z from 'zod'
import { Recall, RecallFrozen } from '#domain/recall'
import { reachOf, scopeSignature, suspicionOf } from '#genealogy'
import { task } from '#kit'

const found = { epoch: 1, frozenAt: '2026-03-01T08:00:01.000Z', frozen: { traced: 3, late: 0 } }

export const handler = task({
  summary: 'Freeze all that suspicion can reach in one visible step, then what came to be in the meantime.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallFrozen],
  refuses: {},
  uses: ['genealogy', 'freezer'],
  perform: async ({ recall }, { recallId }, ports) => {
    const suspicion = suspicionOf(recall)
    // What a machine finds that runs again: frozen already, all as it was, or closed and freed.
    const due =
      recall.status === 'opened' ||
      (recall.status === 'notified' &&
        (recall.passedOn > recall.passedOnInScope || (await scopeSignature(suspicion, ports)) !== recall.signature))
    if (!due) return undefined
    const known = new Set(await reachOf(suspicion, ports))
    const traced = known.size
    let { epoch, at: frozenAt } = await ports.freezer.freeze(recallId, known)
    for (;;) {
      const news = [...(await reachOf(suspicion, ports))].filter((number) => !known.has(number))
      for (const number of news) known.add(number)
      const flip = await ports.freezer.freeze(recallId, news)
      // What is made from frozen nodes is born frozen: it may go on coming, and needs no further flip.
      if (flip.marked === 0) return { epoch, frozenAt, frozen: { traced, late: known.size - traced } }
      ;({ epoch, at: frozenAt } = flip)
    }
  },
  decide: ({ recall: { status } }, { recallId }, _, performed) =>
    performed && (status === 'opened' || status === 'notified') ? RecallFrozen({ recallId, ...performed }) : [],
  output: ({ recallId }) => ({ recallId }),
  examples: [
    {
      name: 'what an opened recall can reach is frozen',
      given: { recall: Recall.like() },
      when: { recallId: Recall.sample() },
      performed: found,
      then: ['RecallFrozen'],
    },
    {
      name: 'more came to be since everybody was told',
      given: { recall: Recall.like({ status: 'notified', shards: 1, pass: 1 }) },
      when: { recallId: Recall.sample() },
      performed: found,
      then: ['RecallFrozen'],
    },
    {
      name: 'a machine that runs again finds it frozen',
      given: { recall: Recall.like({ status: 'scoped', shards: 1, pass: 1 }) },
      when: { recallId: Recall.sample() },
      then: [],
    },
  ],
})
