import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { EventBus, Match } from 'aws-cdk-lib/aws-events'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { feeds } from '../domain/feed.ts'
import type { Names } from './names.ts'
import { WorkQueue } from './queues.ts'
import { Receipts } from './receipts.ts'
import type { Settings } from './settings.ts'
import { timeoutOf } from './spec-function.ts'

interface EventsProps extends StackProps {
  readonly names: Names
  readonly settings: Settings
}

/** Where facts and telemetry wait for who reacts to them. */
export class EventsStack extends Stack {
  readonly bus: EventBus
  /** Queues of the feeds, by the name that a reaction's `on` uses. */
  readonly queues: ReadonlyMap<string, IQueue>

  constructor(scope: Construct, id: string, { names, settings, ...props }: EventsProps) {
    super(scope, id, props)
    this.bus = new EventBus(this, 'Bus', { eventBusName: names.of('facts') })
    this.bus.archive('Archive', {
      archiveName: names.of('facts'),
      description: 'Facts of the product, to replay them to a repaired or a new reaction.',
      eventPattern: { source: Match.prefix('lotline.') },
      retention: Duration.days(settings.archiveDays),
    })
    const handling = Duration.seconds(timeoutOf.reaction)
    const receipts = new Receipts(this, 'Receipts', names)
    const queueOf = (name: string) => new WorkQueue(this, titleOf(name), names.of(name), handling).queue
    this.queues = new Map([
      ...Object.keys(feeds).map((name): [string, IQueue] => [name, queueOf(name)]),
      ['receipts', receipts.sent],
      ['bounces', receipts.bounces],
    ])
  }
}

const titleOf = (name: string) => name.replace(/^\w/, (letter) => letter.toUpperCase())
