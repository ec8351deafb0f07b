import * as z from 'zod'
import { Notice, PartyContacted } from '#domain/notice'
import { Line, Reason } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Write down that somebody called, wrote to or visited a party about its notice, reached or not.',
  route: 'POST /notices/{noticeId}/contacts',
  roles: ['quality', 'service', 'logistics'],
  input: z.strictObject({
    noticeId: Notice.id,
    way: z.enum(['phone', 'letter', 'visit']),
    reached: z.boolean(),
    /** Who was spoken to. */
    person: Line.optional(),
    note: Reason,
  }),
  reads: { notice: Notice.at('noticeId') },
  emits: [PartyContacted],
  refuses: {},
  decide: (_, input, { now, actor }) => PartyContacted({ ...input, at: now, by: actor.sub }),
  examples: [
    {
      name: 'nobody picked up',
      given: { notice: Notice.like({ status: 'undeliverable' }) },
      when: { noticeId: Notice.sample(), way: 'phone', reached: false, note: 'Rang ten times, no answering machine' },
      then: ['PartyContacted'],
    },
    {
      name: 'the ward sister promises an answer',
      given: { notice: Notice.like() },
      when: {
        noticeId: Notice.sample(),
        way: 'phone',
        reached: true,
        person: 'Sister Maria',
        note: 'Will answer through the link today',
      },
      then: ['PartyContacted'],
    },
  ],
})
