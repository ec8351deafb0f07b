import * as z from 'zod'
import { Lot } from '#domain/lot'
import { closedAlready, excludedFrom, Recall, RecallExclusionAdded, recallRefusals } from '#domain/recall'
import { seedRefusals } from '#domain/seeds'
import { Reason } from '#domain/values'
import { command, conflict, refuse } from '#kit'

const tested = { recallId: Recall.sample(), lotId: Lot.sample(2), reason: 'Tested 100 % and good, report Q-88' }

export const handler = command({
  summary: 'Exclude a lot from a recall: it leaves the scope and is freed, with all that only it made suspect.',
  route: 'POST /recalls/{recallId}/exclusions',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id, lotId: Lot.id, reason: Reason }),
  reads: { recall: Recall.at('recallId'), lot: Lot.at('lotId') },
  emits: [RecallExclusionAdded],
  refuses: {
    ...recallRefusals,
    'seed-excluded': seedRefusals['seed-excluded'],
    'exclusion-known': conflict(
      'Lot {number} is excluded from recall "{title}" already. Nothing was changed.',
      '批次 {number} 已从召回“{title}”中排除，未作更改。',
    ),
  },
  decide: ({ recall, lot: { number } }, { recallId, lotId, reason }, { now, actor }) => {
    const closed = closedAlready(recall)
    if (closed) return closed
    if (recall.seeds.includes(lotId)) return refuse('seed-excluded', { lotId })
    if (excludedFrom(recall).includes(lotId)) return refuse('exclusion-known', { number, title: recall.title })
    return RecallExclusionAdded({ recallId, lotId, reason, by: actor.sub, at: now })
  },
  examples: [
    {
      name: 'a lot that was tested and is good',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }), lot: Lot.like() },
      when: tested,
      then: ['RecallExclusionAdded'],
    },
    {
      name: 'what is suspect itself is not excluded',
      given: { recall: Recall.like({ seeds: [Lot.sample(2)] }), lot: Lot.like() },
      when: tested,
      then: { refused: 'seed-excluded' },
    },
    {
      name: 'what is excluded changes nothing',
      given: {
        recall: Recall.like({
          exclusions: [{ lotId: Lot.sample(2), reason: 'Good', by: 'usr-1', at: '2026-03-01T09:00:00.000Z' }],
        }),
        lot: Lot.like(),
      },
      when: tested,
      then: { refused: 'exclusion-known' },
    },
  ],
})
