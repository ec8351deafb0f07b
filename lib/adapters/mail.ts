import { type BulkEmailEntryResult, type SESv2Client, SendBulkEmailCommand } from '@aws-sdk/client-sesv2'
import type { Mail, Ports } from '#kit/ports'
import { AwsError, domainOf } from './aws-call.ts'
import { restClient } from './aws-client.ts'
import { messageOf, once, type Try } from './messages.ts'
import { setting } from './setting.ts'

const client = restClient<SESv2Client>({
  name: 'ses',
  host: (region) => `email.${domainOf(region)}`,
  // What the first try asks for may have happened although no answer came.
  attempts: 1,
  patience: 10_000,
})
/** SendBulkEmail takes this many. */
const atOnce = 50

/**
 * Amazon SES, many mails a call, each of them once: it knows no idempotency, but reports by event what left, under the
 * message's tag.
 */
export const mail: Ports['mail'] = { send: (mails) => once(mails, atOnce, attempt) }

async function attempt(mails: readonly Mail[]): Promise<Try[]> {
  try {
    const { BulkEmailEntryResults: results } = await client.send(
      new SendBulkEmailCommand({
        FromEmailAddress: setting('SENDER'),
        ConfigurationSetName: setting('MAIL_CONFIGURATION'),
        // What each says is its own: the template is nothing but the places for it.
        DefaultContent: {
          Template: { TemplateContent: { Subject: '{{subject}}', Text: '{{text}}' }, TemplateData: '{}' },
        },
        BulkEmailEntries: mails.map(entryOf),
      }),
    )
    return mails.map((_, index) => triedBy(results![index]!))
  } catch (error) {
    return refusedBy(error as Error, mails)
  }
}

const entryOf = ({ key, to, subject, text }: Mail) => ({
  Destination: { ToAddresses: [to] },
  ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify({ subject, text }) } },
  ReplacementHeaders: [{ Name: 'X-Lotline-Key', Value: key }],
  ReplacementTags: [{ Name: 'lotline-message', Value: messageOf(key) }],
})

/** SES says for sure that it will never take this message for this address. */
const never = new Set(['MESSAGE_REJECTED', 'INVALID_PARAMETER', 'MessageRejected', 'BadRequestException'])

function triedBy({ Status = 'FAILED', Error: why = Status, MessageId }: BulkEmailEntryResult): Try {
  if (Status === 'SUCCESS') return MessageId ? { sent: true } : 'unknown'
  if (never.has(Status)) return { sent: false, why }
  // Throttled, paused or over the quota of the day; of what failed without a reason nobody knows.
  return Status === 'FAILED' ? 'unknown' : 'not-now'
}

/** What became of the mails of a call that was refused as a whole, or of which no answer came. */
async function refusedBy(error: Error, mails: readonly Mail[]): Promise<Try[]> {
  if (never.has(error.name) && mails.length > 1) {
    // One of them keeps all others from leaving: alone it shows which.
    const alone = await Promise.all(mails.map((one) => attempt([one])))
    return alone.flat()
  }
  if (never.has(error.name)) return mails.map(() => ({ sent: false, why: String(error) }))
  if (error instanceof AwsError && error.status >= 400 && error.status < 500) return mails.map(() => 'not-now')
  console.warn(
    JSON.stringify({ level: 'warn', messages: mails.map(({ key }) => messageOf(key)), error: String(error) }),
  )
  return mails.map(() => 'unknown')
}
