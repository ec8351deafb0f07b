import * as z from 'zod'
import { approved, draftOf, mayNotify, noticesOf, RecallNoticesApproved } from '#domain/approval'
import { closedAlready, Recall, recallRefusals } from '#domain/recall'
import { command, conflict, refuse, refused } from '#kit'

const scoped = Recall.like({ status: 'scoped', drill: false, shards: 1, openedBy: 'usr-opener' })
const when = { recallId: Recall.sample() }

export const handler = command({
  summary: 'Approve what the notices of a recall say; they are sent at once, also to parties that are found later.',
  route: 'POST /recalls/{recallId}/notice-approvals',
  roles: ['quality'],
  input: z.strictObject({ recallId: Recall.id, note: z.string().max(2000).optional() }),
  reads: { recall: Recall.at('recallId') },
  emits: [RecallNoticesApproved],
  refuses: {
    ...recallRefusals,
    'notices-unready': refused(
      'Recall "{title}" is {status}: its scope is not known yet, and so not whom the notices go to. Wait until it is "scoped".',
      '召回“{title}”状态为 {status}：范围尚未确定，通知对象未定。请等待状态变为 “scoped”。',
    ),
    'notices-approved': conflict(
      'What the notices of recall "{title}" say is approved. They need another approval only when it changes.',
      '召回“{title}”的通知内容已获批准，内容变更后方须再次批准。',
    ),
  },
  signs: {
    meaning: {
      en: 'I approve the notices of this recall as I read them; they leave the company now.',
      zh: '本人批准所阅的召回通知内容，通知随即对外发出。',
    },
    content: (_, { recall }) => draftOf(recall),
    // Whoever proposed the recall or its class does not approve what is said of it.
    apartFrom: ({ recall }) => [recall.openedBy ?? '', ...recall.classes.map(({ by }) => by)],
  },
  decide: ({ recall }, { recallId, note }, { now, actor }) => {
    const { title, status } = recall
    const closed = closedAlready(recall)
    if (closed) return closed
    if (mayNotify(recall)) return refuse('notices-approved', { title })
    if (status !== 'scoped' && status !== 'notified') return refuse('notices-unready', { title, status })
    return RecallNoticesApproved({ recallId, content: noticesOf(recall), note, by: actor.sub, at: now })
  },
  examples: [
    { name: 'a second person approves', given: { recall: scoped }, when, then: ['RecallNoticesApproved'] },
    {
      name: 'more lots were added, so it says something else now',
      given: { recall: { ...approved(scoped), seeds: [...scoped.seeds, 'lot_00000000000000000000000002'] } },
      when,
      then: ['RecallNoticesApproved'],
    },
    {
      name: 'whoever opened the recall does not approve its notices',
      given: { recall: { ...scoped, openedBy: 'usr-example' } },
      when,
      then: { refused: 'signer-involved' },
    },
    {
      name: 'before anybody knows whom to tell',
      given: { recall: { ...scoped, status: 'frozen' } },
      when,
      then: { refused: 'notices-unready' },
    },
    {
      name: 'it is approved once',
      given: { recall: approved(scoped) },
      when,
      then: { refused: 'notices-approved' },
    },
  ],
})
