import type { SendMessageCommandInput } from '@aws-sdk/client-sqs'
import type { Ports } from '#kit/ports'
import { call } from './aws-call.ts'
import { setting } from './setting.ts'

const service = { name: 'sqs', target: 'AmazonSQS', version: '1.0' } as const

/** The dead-letter queue of the queue that this function drains; any message in it raises an alarm. */
export const quarantine: Ports['quarantine'] = {
  async put(message) {
    const input = { QueueUrl: setting('QUARANTINE_URL'), MessageBody: JSON.stringify(message) }
    await call(service, 'SendMessage', input satisfies SendMessageCommandInput)
  },
}
