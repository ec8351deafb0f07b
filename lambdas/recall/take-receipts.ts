import * as z from 'zod'
import { reaction } from '#kit'

/** What EventBridge tells of a mail that Amazon SES took; one without our tag is none of ours. */
const Sent = z.object({
  source: z.string(),
  detail: z.object({
    mail: z.object({ timestamp: z.string(), tags: z.record(z.string(), z.array(z.string())).default({}) }),
  }),
})

export const handler = reaction({
  summary: 'Remember which mails left, so that a step that crashed does not send them again.',
  on: { queue: 'receipts', together: 'source' },
  input: z.object({ source: z.string(), messages: z.array(Sent) }),
  reads: {},
  emits: [],
  refuses: {},
  uses: ['receipts'],
  perform: async (_, { messages }, { receipts }) => {
    const known = messages.flatMap(({ detail: { mail } }) =>
      (mail.tags['lotline-message'] ?? []).map((message) => ({ message, at: mail.timestamp })),
    )
    await receipts.record(known)
  },
  decide: () => [],
  examples: [
    {
      name: 'a mail left',
      given: {},
      when: {
        source: 'aws.ses',
        messages: [
          {
            source: 'aws.ses',
            detail: {
              mail: { timestamp: '2026-03-01T08:05:00.000Z', tags: { 'lotline-message': ['f00d'.repeat(16)] } },
            },
          },
        ],
      },
      then: [],
    },
  ],
})
