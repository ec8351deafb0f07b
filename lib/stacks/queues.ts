import { Duration, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { queueAttempts } from '../kit/queue.ts'

const safe = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true } as const

/** Where a message ends that nothing could handle, for a person to look at; any message here raises an alarm. */
export class DeadLetters extends Construct {
  readonly queue: Queue

  constructor(scope: Construct, id: string, queueName: string) {
    super(scope, id)
    this.queue = new Queue(this, 'Queue', { ...safe, queueName, retentionPeriod: Duration.days(14) })
    Validations.of(this.queue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is a dead-letter queue itself: nothing comes after it but a person.',
    })
  }
}

/** A queue that a function drains, with its dead letters. */
export class WorkQueue extends Construct {
  readonly queue: Queue
  readonly deadLetters: DeadLetters

  /** `handling` is the timeout of the function that drains it. */
  constructor(scope: Construct, id: string, queueName: string, handling: Duration) {
    super(scope, id)
    this.deadLetters = new DeadLetters(this, 'DeadLetters', `${queueName}-dead`)
    this.queue = new Queue(this, 'Queue', {
      ...safe,
      queueName,
      retentionPeriod: Duration.days(4),
      // AWS's advice for Lambda: six times its timeout, so that a batch is not given out twice while it is retried.
      visibilityTimeout: Duration.seconds(6 * handling.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters.queue, maxReceiveCount: queueAttempts },
    })
  }
}
