import { Duration } from 'aws-cdk-lib'
import { EventBus, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { ConfigurationSet, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Names } from './names.ts'
import { WorkQueue } from './queues.ts'
import { timeoutOf } from './spec-function.ts'

/** Amazon SES tells of every mail that left; the reports wait in a queue of their own. */
export class Receipts extends Construct {
  readonly queue: IQueue

  constructor(scope: Construct, id: string, names: Names) {
    super(scope, id)
    const { queue, deadLetters } = new WorkQueue(
      this,
      'Queue',
      names.of('receipts'),
      Duration.seconds(timeoutOf.reaction),
    )
    this.queue = queue
    // SES reports to the account's default bus only.
    const bus = EventBus.fromEventBusName(this, 'DefaultBus', 'default')
    const mails = new ConfigurationSet(this, 'Mails', { configurationSetName: names.of('mails') })
    mails.addEventDestination('Receipts', {
      destination: EventDestination.eventBus(bus),
      events: [EmailSendingEvent.SEND],
    })
    new Rule(this, 'Rule', {
      description: 'Mails of the product that left.',
      eventBus: bus,
      eventPattern: {
        source: ['aws.ses'],
        detailType: ['Email Sent'],
        detail: { mail: { tags: { 'ses:configuration-set': [names.of('mails')] } } },
      },
      targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters.queue })],
    })
  }
}
