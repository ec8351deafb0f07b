import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Ports } from '#kit/ports'
import { jsonClient } from './aws-client.ts'
import { setting } from './setting.ts'

const client = jsonClient<SQSClient>({ name: 'sqs', target: 'AmazonSQS', version: '1.0' })

/** The dead-letter queue of the queue that this function drains; any message in it raises an alarm. */
export const quarantine: Ports['quarantine'] = {
  async put(message) {
    const input = { QueueUrl: setting('QUARANTINE_URL'), MessageBody: JSON.stringify(message) }
    await client.send(new SendMessageCommand(input))
  },
}
