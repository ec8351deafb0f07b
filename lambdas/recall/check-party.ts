import * as z from 'zod'
import { Check } from '#domain/effectiveness'
import { Notice, PartyChecked } from '#domain/notice'
import { Reason } from '#domain/values'
import { command } from '#kit'

export const handler = command({
  summary: 'Record what an effectiveness check at one consignee found.',
  route: 'POST /notices/{noticeId}/checks',
  roles: ['quality', 'service'],
  input: z.strictObject({ noticeId: Notice.id, ...Check.shape, note: Reason }),
  reads: { notice: Notice.at('noticeId') },
  emits: [PartyChecked],
  refuses: {},
  decide: ({ notice: { recallId } }, input, { now, actor }) =>
    PartyChecked({ ...input, recallId, by: actor.sub, at: now }),
  examples: [
    {
      name: 'the shelf is empty and the ward knows why',
      given: { notice: Notice.like({ status: 'answered' }) },
      when: {
        noticeId: Notice.sample(),
        way: 'visit',
        notified: true,
        acted: true,
        stillInUse: false,
        note: 'Saw the locked cabinet with all six',
      },
      then: ['PartyChecked'],
    },
  ],
})
