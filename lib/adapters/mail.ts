import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2'
import type { Mail, Ports } from '#kit/ports'
import { messageOf, once, type Try } from './messages.ts'
import { setting } from './setting.ts'

// The SDK would try again by itself where the first try may have left.
const client = new SESv2Client({ maxAttempts: 1, requestHandler: { requestTimeout: 10_000, connectionTimeout: 3000 } })
const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })

/** SES says for sure that it will never take this message for this address. */
const never = new Set(['MessageRejected', 'BadRequestException'])

/** Amazon SES, each message once: it knows no idempotency, but reports by event what left, under the message's tag. */
export const mail: Ports['mail'] = { send: (message) => once(message.key, () => attempt(message)) }

async function attempt({ key, to, subject, text }: Mail): Promise<Try> {
  try {
    const { MessageId } = await client.send(
      new SendEmailCommand({
        FromEmailAddress: setting('SENDER'),
        ConfigurationSetName: setting('MAIL_CONFIGURATION'),
        Destination: { ToAddresses: [to] },
        Content: {
          Simple: {
            Subject: utf8(subject),
            Body: { Text: utf8(text) },
            Headers: [{ Name: 'X-Lotline-Key', Value: key }],
          },
        },
        EmailTags: [{ Name: 'lotline-message', Value: messageOf(key) }],
      }),
    )
    return MessageId ? { sent: true } : 'unknown'
  } catch (error) {
    const status = error instanceof SESv2ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
    if (never.has((error as Error).name)) return { sent: false, why: String(error) }
    if (status >= 400 && status < 500) return 'not-now'
    console.warn(JSON.stringify({ level: 'warn', message: messageOf(key), error: String(error) }))
    return 'unknown'
  }
}
