import { Duration } from 'aws-cdk-lib'
import type { ITable } from 'aws-cdk-lib/aws-dynamodb'
import { type IEventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  EventInvokeConfig,
  EventSourceMapping,
  FilterCriteria,
  FilterRule,
  type IFunction,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import type { FactType } from '../kit/entity.ts'
import { keys } from '../kit/keys.ts'
import type { WorkQueue } from './queues.ts'

/** What makes a function run besides a direct call, and what its role needs for that. */
export interface Trigger {
  readonly statements: readonly PolicyStatement[]
  attach(scope: Construct, target: IFunction): void
}

const allow = (actions: string[], ...resources: string[]) => new PolicyStatement({ actions, resources })

/** Every kept fact of the table, in order per entity; a record that fails for good goes aside, so that no shard stops. */
export function onStream(table: ITable, keyUse: PolicyStatement, deadLetters: IQueue): Trigger {
  const stream = table.tableStreamArn!
  return {
    statements: [
      allow(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], stream),
      allow(['dynamodb:ListStreams'], '*'),
      keyUse,
      allow(['sqs:SendMessage'], deadLetters.queueArn),
    ],
    attach: (scope, target) =>
      new EventSourceMapping(scope, 'Stream', {
        target,
        eventSourceArn: stream,
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        bisectBatchOnError: true,
        retryAttempts: 10,
        onFailure: new SqsDlq(deadLetters),
        filters: [
          FilterCriteria.filter({
            eventName: FilterRule.isEqual('INSERT'),
            dynamodb: { Keys: { sk: { S: FilterRule.beginsWith(keys.factPrefix) } } },
          }),
        ],
      }),
  }
}

/** Facts of these types from the bus. The bus retries what it cannot deliver, Lambda what the function throws. */
export function onFacts(bus: IEventBus, facts: readonly FactType[], deadLetters: IQueue): Trigger {
  return {
    statements: [allow(['sqs:SendMessage'], deadLetters.queueArn)],
    attach: (scope, target) => {
      new EventInvokeConfig(scope, 'Retries', {
        function: target,
        retryAttempts: 2,
        maxEventAge: Duration.hours(6),
        onFailure: new SqsDestination(deadLetters),
      })
      new Rule(scope, 'Rule', {
        eventBus: bus,
        eventPattern: patternOf(facts),
        targets: [
          new LambdaFunction(target, {
            retryAttempts: 185,
            maxEventAge: Duration.hours(24),
            deadLetterQueue: deadLetters,
          }),
        ],
      })
    },
  }
}

/** Facts of these types from the bus, by the queue in which they gather. */
export function onGatheredFacts(
  bus: IEventBus,
  facts: readonly FactType[],
  { queue, deadLetters }: WorkQueue,
): Trigger {
  const drained = onQueue(queue, 25)
  return {
    ...drained,
    attach: (scope, target) => {
      drained.attach(scope, target)
      new Rule(scope, 'Rule', {
        eventBus: bus,
        eventPattern: patternOf(facts),
        targets: [new SqsQueue(queue, { deadLetterQueue: deadLetters.queue })],
      })
    },
  }
}

const patternOf = (facts: readonly FactType[]) => ({
  source: distinct(facts.map(({ entity }) => `lotline.${entity.area}`)),
  detailType: distinct(facts.map(({ type }) => type)),
})

/** Messages of a queue in batches; only those that fail come back. */
export function onQueue(queue: IQueue, batchSize = 500): Trigger {
  return {
    statements: [allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], queue.queueArn)],
    attach: (scope, target) =>
      new EventSourceMapping(scope, 'Queue', {
        target,
        eventSourceArn: queue.queueArn,
        // What belongs together is written once a batch: a large one saves most of the calls to the table.
        batchSize,
        maxBatchingWindow: Duration.seconds(1),
        reportBatchItemFailures: true,
      }),
  }
}

/** The clock. A run that fails is not repeated: the next one is due soon, and does what this one left. */
export function onClock(everyMinutes: number, deadLetters: IQueue): Trigger {
  return {
    statements: [allow(['sqs:SendMessage'], deadLetters.queueArn)],
    attach: (scope, target) => {
      new EventInvokeConfig(scope, 'Retries', {
        function: target,
        retryAttempts: 0,
        onFailure: new SqsDestination(deadLetters),
      })
      new Rule(scope, 'Rule', {
        schedule: Schedule.rate(Duration.minutes(everyMinutes)),
        targets: [new LambdaFunction(target, { deadLetterQueue: deadLetters })],
      })
    },
  }
}

const distinct = (values: string[]) => [...new Set(values)].sort()
