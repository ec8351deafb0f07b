import * as z from 'zod'
import { mayNotify } from '#domain/approval'
import { Notice, noticeIdOf } from '#domain/notice'
import { Recall, RecallNotified } from '#domain/recall'
import { refuse, refused, task } from '#kit'

export const handler = task({
  summary: 'Record that every party of a recall has its notice.',
  input: z.object({ recallId: Recall.id }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallNotified],
  refuses: {
    'notices-missing': refused(
      '{missing} of {parties} parties of recall "{title}" have no notice yet. They are told again in some minutes.',
      '召回“{title}”的 {parties} 个相关方中尚有 {missing} 个未获通知，几分钟后将再次通知。',
    ),
  },
  uses: ['scope', 'table'],
  perform: async ({ recall }, { recallId }, { scope, table }) => {
    const parties = await scope.parties(recallId, recall.shards ?? 1)
    const ids = parties.map(({ partnerId }) => noticeIdOf(recallId, partnerId))
    const notices = await table.states(ids.map((id) => ({ entity: Notice, id })))
    return {
      parties: parties.length,
      missing: notices.filter((notice, index) => !notice && parties[index]!.lots.length > 0).length,
    }
  },
  decide: ({ recall }, { recallId }, { now }, { parties, missing }) => {
    // It may have lapsed meanwhile: what is said now waits for another approval.
    if (!mayNotify(recall)) return []
    if (missing > 0) return refuse('notices-missing', { missing, parties, title: recall.title })
    return recall.status === 'scoped' ? RecallNotified({ recallId, notifiedAt: now, parties }) : []
  },
  output: ({ recallId }, { parties }) => ({ recallId, parties }),
  examples: [
    {
      name: 'all parties are told',
      given: { recall: Recall.like({ status: 'scoped', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { parties: 12, missing: 0 },
      then: ['RecallNotified'],
    },
    {
      name: 'one could not be told yet',
      given: { recall: Recall.like({ status: 'scoped', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { parties: 12, missing: 1 },
      then: { refused: 'notices-missing' },
    },
    {
      name: 'what nobody approved was sent to nobody',
      given: { recall: Recall.like({ status: 'scoped', drill: false, shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { parties: 12, missing: 12 },
      then: [],
    },
    {
      name: 'a machine that runs again finds it recorded',
      given: { recall: Recall.like({ status: 'notified', shards: 1 }) },
      when: { recallId: Recall.sample() },
      performed: { parties: 12, missing: 0 },
      then: [],
    },
  ],
})
