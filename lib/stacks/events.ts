import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import { EventBus } from 'aws-cdk-lib/aws-events'
import type { Construct } from 'constructs'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'

interface EventsProps extends StackProps {
  readonly names: Names
  readonly settings: Settings
}

/** Where facts and messages wait for who reacts to them. */
export class EventsStack extends Stack {
  readonly bus: EventBus

  constructor(scope: Construct, id: string, { names, settings, ...props }: EventsProps) {
    super(scope, id, props)
    this.bus = new EventBus(this, 'Bus', { eventBusName: names.of('facts') })
    this.bus.archive('Archive', {
      archiveName: names.of('facts'),
      description: 'Facts of the product, to replay them to a repaired or a new reaction.',
      eventPattern: { source: [{ prefix: 'lotline.' }] as unknown as string[] },
      retention: Duration.days(settings.archiveDays),
    })
  }
}
