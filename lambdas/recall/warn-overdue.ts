import { Clock, ClockOverdue } from '#domain/clock'
import { Recall } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Write to the contact of a recall that a regulator’s term has passed; a drill writes to nobody.',
  on: [ClockOverdue],
  input: ClockOverdue.schema,
  reads: { recall: Recall.at('recallId'), clock: Clock.at('clockId') },
  emits: [],
  refuses: {},
  uses: ['mail'],
  perform: async ({ recall, clock }, { clockId, rule, dueAt }, { mail }) => {
    if (recall.drill || !recall.contact) return
    const { en, zh } = clock.term.asks
    await mail.send({
      key: `${clockId} overdue`,
      to: recall.contact.email,
      subject: `OVERDUE 逾期: ${rule} - ${recall.title}`,
      text: `${en}\n${zh}\n\n${clock.term.source}\nDue 截止: ${dueAt}\n`,
    })
  },
  decide: () => [],
  examples: [
    {
      name: 'the contact is told',
      given: { recall: Recall.like(), clock: Clock.like({ status: 'overdue' }) },
      when: {
        clockId: Clock.sample(),
        recallId: Recall.sample(),
        rule: 'us-806',
        dueAt: '2026-03-14T04:00:00.000Z',
      },
      then: [],
    },
  ],
})
