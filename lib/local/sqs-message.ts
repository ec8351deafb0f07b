import { createHash } from 'node:crypto'
import type { Message } from './durable-queue.ts'

/** What SQS tells about a message besides its body. */
export function systemAttributes(message: Message): Record<string, string> {
  return {
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ApproximateReceiveCount: String(message.receives),
    SenderId: 'local',
    SentTimestamp: String(message.sentAt),
  }
}

/** A handle of one receive; a later one of the same message works as well, as it does for standard queues. */
export function receiptHandle(message: Message): string {
  return `${message.id}/${message.receives}`
}

/** What the SDK checks bodies against. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
