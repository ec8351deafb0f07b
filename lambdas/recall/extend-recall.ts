import * as z from 'zod'
import { Lot } from '#domain/lot'
import { closedAlready, excludedFrom, Recall, RecallExtended, recallRefusals } from '#domain/recall'
import { Seeds, seedNodes, seedReads, seedRefusals } from '#domain/seeds'
import { SupplierLotNamed } from '#domain/supplier-lot'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'
import { evidenceFor } from '#recall'

const wider = { recallId: Recall.sample(), reason: 'Same coating machine', seeds: { lotIds: [Lot.sample(2)] } }

export const handler = command({
  summary: 'Add to what is suspect in a recall: scope, freeze and notices follow again, and a supplement falls due.',
  route: 'POST /recalls/{recallId}/seeds',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id, reason: Reason, seeds: Seeds }),
  reads: { recall: Recall.at('recallId'), ...seedReads },
  emits: [RecallExtended, SupplierLotNamed],
  refuses: {
    ...recallRefusals,
    ...seedRefusals,
    'seeds-known': conflict(
      'All of this is among the seeds of recall "{title}" already. Nothing was changed.',
      '召回“{title}”的起点已包含上述全部内容，未作更改。',
    ),
  },
  uses: ['table'],
  perform: ({ watchers }, { seeds }, ports, { now }) => evidenceFor(seeds.conditions, watchers, ports, now),
  decide: ({ recall, ...states }, { recallId, reason, seeds }, context, evidence = []) => {
    const closed = closedAlready(recall)
    if (closed) return closed
    if ('refusal' in evidence) return evidence
    const { nodes, facts } = seedNodes(seeds, states, evidence, context)
    if (nodes.length === 0) return refuse('seed-missing')
    const good = excludedFrom(recall).find((lotId) => nodes.includes(lotId))
    if (good) return refuse('seed-excluded', { lotId: good })
    const added = nodes.filter((node) => !recall.seeds.includes(node))
    if (added.length === 0) return refuse('seeds-known', { title: recall.title })
    const { actor, now } = context
    return [RecallExtended({ recallId, reason, by: actor.sub, at: now, seeds: added, evidence }), ...facts]
  },
  examples: [
    {
      name: 'another lot is suspect too',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }), lots: [Lot.like()] },
      when: wider,
      then: ['RecallExtended'],
    },
    {
      name: 'what is suspect already changes nothing',
      given: { recall: Recall.like({ seeds: [Lot.sample(2)] }), lots: [Lot.like()] },
      when: wider,
      then: { refused: 'seeds-known' },
    },
    {
      name: 'a closed recall is not extended',
      given: { recall: Recall.like({ status: 'closed', closedAt: '2026-03-01T09:00:00.000Z' }), lots: [Lot.like()] },
      when: wider,
      then: { refused: 'recall-closed' },
    },
  ],
})
