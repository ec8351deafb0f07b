import type { Ports, TextMessage } from '#kit/ports'
import { AwsError, ask } from './aws-call.ts'
import { once, type Try } from './messages.ts'

// The first try may have left.
const service = { name: 'sns', attempts: 1, patience: 10_000 }
const headers = { 'content-type': 'application/x-www-form-urlencoded' }

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
    const answer = await ask(service, { method: 'POST', path: '/', headers, body: formOf(to, text) })
    return answer.includes('<MessageId>') ? { sent: true } : 'unknown'
  } catch (error) {
    const status = error instanceof AwsError ? error.status : 0
    if (never.has((error as Error).name)) return { sent: false, why: String(error) }
    if (status >= 400 && status < 500) return 'not-now'
    console.warn(JSON.stringify({ level: 'warn', message: key, error: String(error) }))
    return 'unknown'
  }
}

/** SNS takes forms and answers with XML. */
const formOf = (to: string, text: string) =>
  new URLSearchParams({
    ...{ Action: 'Publish', Version: '2010-03-31', PhoneNumber: to, Message: text },
    'MessageAttributes.entry.1.Name': 'AWS.SNS.SMS.SMSType',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
  }).toString()
