import * as z from 'zod'
import { Notice, NoticeBounced } from '#domain/notice'
import { type Loaded, reaction } from '#kit'

const Recipients = z.array(z.object({ emailAddress: z.string(), diagnosticCode: z.string().optional() }))

/** What EventBridge tells of a mail that Amazon SES took and that did not arrive, or was not wanted. */
const Reported = z.object({
  detail: z.object({
    mail: z.object({
      timestamp: z.string(),
      destination: z.array(z.string()).default([]),
      headers: z.array(z.object({ name: z.string(), value: z.string() })).default([]),
    }),
    bounce: z
      .object({ bounceType: z.string(), bounceSubType: z.string().default(''), bouncedRecipients: Recipients })
      .optional(),
    complaint: z.object({ complainedRecipients: Recipients, complaintFeedbackType: z.string().optional() }).optional(),
    reject: z.object({ reason: z.string() }).optional(),
    failure: z.object({ errorMessage: z.string() }).optional(),
  }),
})

type Detail = z.infer<typeof Reported>['detail']
type Bounce = Pick<z.infer<typeof NoticeBounced.schema>, 'address' | 'kind' | 'why'>

function bouncesOf({ bounce, complaint, reject, failure, mail }: Detail): Bounce[] {
  if (bounce) {
    const kind = bounce.bounceType === 'Permanent' ? 'permanent' : 'passing'
    const name = [bounce.bounceType, bounce.bounceSubType].filter(Boolean).join(', ')
    return bounce.bouncedRecipients.map((one) => ({ address: one.emailAddress, kind, why: one.diagnosticCode ?? name }))
  }
  if (complaint)
    return complaint.complainedRecipients.map((one) => ({
      ...{ address: one.emailAddress, kind: 'complaint' },
      why: complaint.complaintFeedbackType ?? 'complaint',
    }))
  const why = reject?.reason ?? failure?.errorMessage
  return why === undefined ? [] : mail.destination.map((address) => ({ address, kind: 'permanent', why }))
}

/** The key of each mail begins with what it is about. */
const aboutOf = ({ mail }: Detail) =>
  mail.headers.find(({ name }) => name.toLowerCase() === 'x-lotline-key')?.value.split(' ')[0]

const input = Reported.transform(({ detail }) => {
  const noticeId = Notice.id.safeParse(aboutOf(detail)).data
  return { ...(noticeId ? { noticeId } : {}), at: detail.mail.timestamp, bounces: bouncesOf(detail) }
})

const [address, second] = ['pharmacy@st-anna.example', 'ward@st-anna.example']
const reported = (detail: object, about: string = Notice.sample()) => ({
  detail: {
    mail: {
      ...{ timestamp: '2026-03-01T08:05:00.000Z', destination: [address] },
      headers: [{ name: 'X-Lotline-Key', value: `${about} ${address}` }],
    },
    ...detail,
  },
})
const gone = { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: address, diagnosticCode: '550 unknown' }] }
const known = { address, kind: 'permanent', why: '550 unknown', at: '2026-03-01T08:05:00.000Z' } as const

export const handler = reaction({
  summary: 'Note on its notice that a mail came back; who got none at all is on the worklist of those to call.',
  on: { queue: 'bounces' },
  input,
  // The report may be quicker than the record of the notice: then it comes again.
  reads: { notice: Notice.at('noticeId').optional() },
  emits: [NoticeBounced],
  refuses: {},
  decide: ({ notice }, { at, bounces }) =>
    notice ? bounces.filter((one) => !isKnown(notice, one)).map((one) => factOf(notice, one, at)) : [],
  examples: [
    {
      name: 'the only address does not exist',
      given: { notice: Notice.like() },
      when: reported({ bounce: gone }),
      then: ['NoticeBounced'],
    },
    {
      name: 'one of two addresses is full for the moment',
      given: { notice: Notice.like({ to: [address, second] }) },
      when: reported({ bounce: { ...gone, bounceType: 'Transient', bounceSubType: 'MailboxFull' } }),
      then: ['NoticeBounced'],
    },
    {
      name: 'somebody called the notice unwanted',
      given: { notice: Notice.like() },
      when: reported({ complaint: { complainedRecipients: [{ emailAddress: address }] } }),
      then: ['NoticeBounced'],
    },
    {
      name: 'the mail service refused it after all',
      given: { notice: Notice.like() },
      when: reported({ reject: { reason: 'Bad content' } }),
      then: ['NoticeBounced'],
    },
    {
      name: 'the same report comes twice',
      given: { notice: Notice.like({ status: 'undeliverable', bounces: [known] }) },
      when: reported({ bounce: gone }),
      then: [],
    },
    {
      name: 'a mail that was no notice',
      given: {},
      when: reported({ bounce: gone }, 'clk_00000000000000000000000001'),
      then: [],
    },
  ],
})

const isKnown = ({ bounces }: Loaded<z.infer<typeof Notice.schema>>, { address, kind }: Bounce) =>
  bounces.some((one) => one.address === address && one.kind === kind)

const factOf = (
  { id: noticeId, recallId, partnerId }: Loaded<z.infer<typeof Notice.schema>>,
  one: Bounce,
  at: string,
) => NoticeBounced({ noticeId, recallId, partnerId, ...one, at })
