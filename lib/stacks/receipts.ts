import { Duration } from 'aws-cdk-lib'
import { EventBus, Rule } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { ConfigurationSet, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { Names } from './names.ts'
import { WorkQueue } from './queues.ts'
import { timeoutOf } from './spec-function.ts'

/** What Amazon SES calls a mail that did not arrive, or was not wanted. */
const returned = ['Email Bounced', 'Email Complaint Received', 'Email Rejected', 'Email Rendering Failed']

/** Amazon SES tells of every mail that left, and of those that came back; the reports wait in queues of their own. */
export class Receipts extends Construct {
  readonly sent: IQueue
  readonly bounces: IQueue

  constructor(scope: Construct, id: string, names: Names) {
    super(scope, id)
    // SES reports to the account's default bus only.
    const bus = EventBus.fromEventBusName(this, 'DefaultBus', 'default')
    const mails = new ConfigurationSet(this, 'Mails', { configurationSetName: names.of('mails') })
    const { SEND, BOUNCE, COMPLAINT, REJECT, RENDERING_FAILURE } = EmailSendingEvent
    mails.addEventDestination('Receipts', {
      destination: EventDestination.eventBus(bus),
      events: [SEND, BOUNCE, COMPLAINT, REJECT, RENDERING_FAILURE],
    })
    const wait = (prefix: string, queueName: string, description: string, detailType: string[]) => {
      const handling = Duration.seconds(timeoutOf.reaction)
      const { queue, deadLetters } = new WorkQueue(this, `${prefix}Queue`, names.of(queueName), handling)
      new Rule(this, `${prefix}Rule`, {
        description,
        eventBus: bus,
        eventPattern: {
          source: ['aws.ses'],
          detailType,
          detail: { mail: { tags: { 'ses:configuration-set': [names.of('mails')] } } },
        },
        targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters.queue })],
      })
      return queue
    }
    this.sent = wait('', 'receipts', 'Mails of the product that left.', ['Email Sent'])
    this.bounces = wait('Bounce', 'bounces', 'Mails of the product that came back.', returned)
  }
}
