import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Ports } from '#kit/ports'
import { setting } from './setting.ts'

const client = new SQSClient({ useQueueUrlAsEndpoint: false })

/** The dead-letter queue of the queue that this function drains; any message in it raises an alarm. */
export const quarantine: Ports['quarantine'] = {
  async put(message) {
    await client.send(
      new SendMessageCommand({ QueueUrl: setting('QUARANTINE_URL'), MessageBody: JSON.stringify(message) }),
    )
  },
}
