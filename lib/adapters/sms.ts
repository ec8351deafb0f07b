import { PublishCommand, SNSClient, SNSServiceException } from '@aws-sdk/client-sns'
import type { Ports, TextMessage } from '#kit/ports'
import { once, type Try } from './messages.ts'

// The SDK would try again by itself where the first try may have left.
const client = new SNSClient({ maxAttempts: 1, requestHandler: { requestTimeout: 10_000, connectionTimeout: 3000 } })

/** SNS says for sure that it will never take this message for this phone. */
const never = new Set(['InvalidParameter', 'InvalidParameterValue', 'OptedOut'])

/** Claims in one transaction. */
const atOnce = 50

/** Amazon SNS, each message at most once: it reports to nobody what left, and the mail says the same. */
export const sms: Ports['sms'] = {
  send: (messages) => once(messages, atOnce, (some) => Promise.all(some.map(attempt)), false),
}

async function attempt({ key, to, text }: TextMessage): Promise<Try> {
  try {
    const { MessageId } = await client.send(
      new PublishCommand({
        PhoneNumber: to,
        Message: text,
        MessageAttributes: { 'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' } },
      }),
    )
    return MessageId ? { sent: true } : 'unknown'
  } catch (error) {
    const status = error instanceof SNSServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
    if (never.has((error as Error).name)) return { sent: false, why: String(error) }
    if (status >= 400 && status < 500) return 'not-now'
    console.warn(JSON.stringify({ level: 'warn', message: key, error: String(error) }))
    return 'unknown'
  }
}
