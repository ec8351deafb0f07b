import { Clock, ClockOverdue } from '#domain/clock'
import { Recall } from '#domain/recall'
import { reaction } from '#kit'

export const handler = reaction({
  summary: 'Raise the alarm that a regulator’s term has passed, and write to the contact; a drill does neither.',
  on: [ClockOverdue],
  input: ClockOverdue.schema,
  reads: { recall: Recall.at('recallId'), clock: Clock.at('clockId') },
  emits: [],
  refuses: {},
  uses: ['mail', 'metrics'],
  perform: async ({ recall, clock }, { clockId, rule, dueAt }, { mail, metrics }) => {
    if (recall.drill) return
    await metrics.put({ ClocksOverdue: 1 })
    if (!recall.contact) return
    const { en, zh } = clock.term.asks
    const warning = {
      key: `${clockId} overdue`,
      to: recall.contact.email,
      subject: `OVERDUE 逾期: ${rule} - ${recall.title}`,
      text: `${en}\n${zh}\n\n${clock.term.source}\nDue 截止: ${dueAt}\n`,
    }
    const [sending] = await mail.send([warning])
    // The event comes again.
    if (!sending) throw new Error(`nobody knows whether the warning of ${clockId} left`)
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
