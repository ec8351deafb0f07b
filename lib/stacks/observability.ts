import { Duration, Stack, type StackProps } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITable } from 'aws-cdk-lib/aws-dynamodb'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import type { Discovered } from '../discover.ts'
import { type Feed, feeds } from '../domain/feed.ts'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'

interface ObservabilityProps extends StackProps {
  readonly found: readonly Discovered[]
  readonly machines: readonly string[]
  readonly table: ITable
  readonly names: Names
  readonly settings: Settings
}

interface Watch {
  readonly metric: IMetric
  /** From this value on somebody must look. */
  readonly from: number
  readonly description: string
}

const period = Duration.minutes(5)

/** What AWS IoT counts where it refuses a client. */
const refusals = [
  'Connect.AuthError',
  'Connect.ClientError',
  'PublishIn.AuthError',
  'PublishIn.ClientError',
  'PublishIn.Throttle',
  'Subscribe.AuthError',
]

/** Tells a person when something needs one, and shows the whole product on one dashboard. */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, id: string, { found, machines, table, names, settings, ...props }: ObservabilityProps) {
    super(scope, id, props)
    const action = new SnsAction(this.topic(names, settings))
    const watches = {
      ...apiWatches(names),
      ...workWatches(found, names),
      ...machineWatches(this, machines, names),
      ...tableWatches(table),
      'clocks-overdue': {
        metric: metricOf('lotline', 'ClocksOverdue', {}, Stats.SUM),
        from: 1,
        description: 'A regulator’s term of a recall has passed. GET /clocks?status=overdue says which.',
      },
      'devices-refused': {
        metric: new MathExpression({
          expression: refusals.map((_, at) => `m${at}`).join(' + '),
          usingMetrics: Object.fromEntries(
            refusals.map((name, at) => [`m${at}`, metricOf('AWS/IoT', name, { Protocol: 'MQTT' }, Stats.SUM)]),
          ),
          label: 'refused',
          period,
        }),
        from: 10,
        description:
          'AWS IoT refused connections or messages of devices: a foreign certificate, a topic of another, over 128 KB or 100 messages a second. Its log names the client.',
      },
      'claims-refused': {
        metric: new MathExpression({
          expression: `SELECT SUM(Refused) FROM SCHEMA("lotline", "by", "cause") WHERE "by" = 'iot/check-claim'`,
          label: 'refused claims',
          period,
        }),
        from: 1,
        description:
          'Somebody claimed a certificate under a serial number that is not registered or works already. The log of iot/check-claim says which.',
      },
      'genealogy-damaged': {
        metric: metricOf('lotline', 'GenealogyDamaged', {}, Stats.SUM),
        from: 1,
        description:
          'A stored part of the genealogy is missing or damaged. Traces answer from the edge log, slowly; run "npm run genealogy:verify -- --rebuild".',
      },
    }
    for (const [name, { metric, from, description }] of Object.entries(watches))
      new Alarm(this, name, {
        alarmName: names.of(name),
        alarmDescription: description,
        metric,
        threshold: from,
        evaluationPeriods: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      }).addAlarmAction(action)
    this.dashboard(names, Object.values(watches))
  }

  private topic(names: Names, { alarmAddress }: Settings): Topic {
    const key = new Key(this, 'AlarmKey', {
      description: 'Encrypts alarms on their way to people',
      enableKeyRotation: true,
    })
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In a key's own policy `*` is this key.
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    )
    const topic = new Topic(this, 'Alarms', { topicName: names.of('alarms'), masterKey: key, enforceSSL: true })
    if (alarmAddress) topic.addSubscription(new EmailSubscription(alarmAddress))
    return topic
  }

  private dashboard(names: Names, watches: readonly Watch[]) {
    const graph = (title: string, left: IMetric[], width = 12) => new GraphWidget({ title, left, width, period })
    const watched = (namespace: string, metricName?: string) =>
      watches
        .map(({ metric }) => metric)
        .filter(
          (metric) =>
            metric instanceof Metric &&
            metric.namespace === namespace &&
            (!metricName || metric.metricName === metricName),
        )
    const api = (metricName: string, statistic: string) =>
      metricOf('AWS/ApiGateway', metricName, { ApiName: names.of('api') }, statistic)
    new Dashboard(this, 'Dashboard', {
      dashboardName: names.of('product'),
      widgets: [
        [
          graph('Requests', [api('Count', Stats.SUM), api('4XXError', Stats.SUM), api('5XXError', Stats.SUM)]),
          graph('Latency, ms', [api('Latency', Stats.p(50)), api('Latency', Stats.p(99))]),
        ],
        [
          graph('Errors of reactions and tasks', watched('AWS/Lambda', 'Errors')),
          graph('Recall executions that did not succeed', watched('AWS/States')),
        ],
        [
          graph('Waiting and dead messages', watched('AWS/SQS')),
          graph('Age of the oldest unpublished fact, ms', watched('AWS/Lambda', 'IteratorAge')),
        ],
        [graph('Throttled', [...watched('AWS/DynamoDB'), ...watched('AWS/Lambda', 'Throttles')])],
      ],
    })
  }
}

const metricOf = (namespace: string, metricName: string, dimensionsMap: Record<string, string>, statistic: string) =>
  new Metric({ namespace, metricName, dimensionsMap, statistic, period })

/** Commands and queries answer a fault with 5xx, so the API's own count watches all of them. */
const apiWatches = (names: Names): Record<string, Watch> => ({
  'api-faults': {
    metric: metricOf('AWS/ApiGateway', '5XXError', { ApiName: names.of('api') }, Stats.SUM),
    from: 1,
    description: 'A request failed by our fault. Look for its requestId in the log of the function.',
  },
  'functions-throttled': {
    metric: metricOf('AWS/Lambda', 'Throttles', {}, Stats.SUM),
    from: 1,
    description: 'Lambda refused to run a function: the concurrency of the account is used up. Ask AWS to raise it.',
  },
})

/** Nobody waits for an answer of a reaction or a task, so each is watched by itself. */
function workWatches(found: readonly Discovered[], names: Names): Record<string, Watch> {
  const watches: Record<string, Watch> = {
    ...Object.assign({}, ...Object.entries(feeds).map(([name, feed]) => feedWatches(name, feed, names))),
    'receipts-dead': deadLetters(`${names.of('receipts')}-dead`, 'What the mail service reported'),
    'lake-facts-dead': deadLetters(names.putAside('lake-facts'), 'Facts that did not reach the data lake'),
    'bounces-dead': deadLetters(`${names.of('bounces')}-dead`, 'Mails that came back'),
  }
  for (const { name, spec } of found) {
    if (spec.kind !== 'reaction' && spec.kind !== 'task') continue
    const short = name.replace('/', '-')
    const ofFunction = (metricName: string, statistic: string) =>
      metricOf('AWS/Lambda', metricName, { FunctionName: names.function(name) }, statistic)
    watches[`${short}-errors`] = {
      metric: ofFunction('Errors', Stats.SUM),
      from: 1,
      description: `${name} failed. It is tried again; its log says why.`,
    }
    if (spec.kind === 'reaction' && !(typeof spec.on === 'object' && 'queue' in spec.on))
      watches[`${short}-dead`] = deadLetters(names.deadLetters(name), `What ${name} could not handle`)
    if (spec.kind === 'reaction' && spec.on === 'facts')
      watches[`${short}-late`] = {
        metric: ofFunction('IteratorAge', Stats.MAXIMUM),
        from: Duration.hours(1).toMilliseconds(),
        description: `${name} is an hour behind the table's stream, which forgets after 24 hours.`,
      }
  }
  return watches
}

/** Each way of messages into the product, from the rule to what nobody could take. */
const feedWatches = (name: string, { rule, what, late }: Feed, names: Names): Record<string, Watch> => ({
  [`${name}-waiting`]: {
    metric: metricOf('AWS/SQS', 'ApproximateAgeOfOldestMessage', { QueueName: names.of(name) }, Stats.MAXIMUM),
    from: 300,
    description: `${what} waited for more than five minutes: ${late}.`,
  },
  [`${name}-dead`]: deadLetters(names.putAside(name), `${what} that could not be taken in`),
  [`${name}-undelivered`]: {
    metric: new MathExpression({
      expression: `SELECT SUM(Failure) FROM SCHEMA("AWS/IoT", ActionType, RuleName) WHERE RuleName = '${rule}'`,
      label: 'undelivered',
      period,
    }),
    from: 1,
    description: `${what} did not reach the queue; it is kept under rule-errors/ in the bucket of the device gateway.`,
  },
})

const deadLetters = (queueName: string, what: string): Watch => ({
  metric: metricOf('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: queueName }, Stats.MAXIMUM),
  from: 1,
  description: `${what} lies in ${queueName}. Repair the cause, then redrive the queue.`,
})

function machineWatches(stack: Stack, machines: readonly string[], names: Names): Record<string, Watch> {
  return Object.fromEntries(
    machines.flatMap((machine) =>
      ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map((metricName): [string, Watch] => [
        `${machine}-${metricName.replace('Executions', '').toLowerCase()}`,
        {
          metric: metricOf('AWS/States', metricName, { StateMachineArn: names.machineArn(stack, machine) }, Stats.SUM),
          from: 1,
          description: `An execution of ${machine} did not end well. Each step is idempotent: start it again for the same case.`,
        },
      ]),
    ),
  )
}

const tableWatches = ({ tableName }: ITable): Record<string, Watch> =>
  Object.fromEntries(
    ['ReadThrottleEvents', 'WriteThrottleEvents'].map((metricName): [string, Watch] => [
      `table-${metricName.replace('ThrottleEvents', '').toLowerCase()}-throttled`,
      {
        metric: metricOf('AWS/DynamoDB', metricName, { TableName: tableName }, Stats.SUM),
        from: 10,
        description: 'DynamoDB throttles the table: one key is hot, or traffic doubled faster than the table grows.',
      },
    ]),
  )
