// Synthesizes the fixture app: node test/local/app/synth.ts <folder>
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { AttributeType, StreamViewType, Table } from 'aws-cdk-lib/aws-dynamodb'
import { EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import {
  Code,
  FilterCriteria,
  FilterRule,
  Function as LambdaFn,
  LayerVersion,
  Runtime,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import { DynamoEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources'
import { Bucket } from 'aws-cdk-lib/aws-s3'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions'
import { buildSync } from 'esbuild'

const SOURCE = join(import.meta.dirname, 'functions.ts')
const NAMES = [
  'double',
  'environment',
  'boom',
  'spin',
  'sleep',
  'put',
  'transact',
  'trespass',
  'relay',
  'collect',
  'flaky',
  'outward',
] as const
type Name = (typeof NAMES)[number]
/** In seconds; a queue's visibility timeout may not be shorter than its function's. */
const TIMEOUTS: Partial<Record<Name, number>> = { spin: 1, collect: 2 }

function bundle(folder: string): void {
  for (const name of NAMES) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'entry.js'), `export { ${name} as handler } from ${JSON.stringify(SOURCE)}`)
  }
  buildSync({
    entryPoints: NAMES.map((name) => ({ in: join(folder, name, 'entry.js'), out: `${name}/index` })),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    tsconfigRaw: {},
  })
}

const LAYERED = `import { a } from '/opt/words/a.mjs'
import { b } from '/opt/words/b.mjs'
export const handler = async () => [a, b]`
const LAYERS: Record<string, string>[] = [
  { 'words/a.mjs': `export * from './own.mjs'`, 'words/own.mjs': `export const a = 'first'` },
  { 'words/b.mjs': `export const b = 'second'` },
  { 'words/b.mjs': `export const b = 'third'` },
]

function written(folder: string, name: string, files: Record<string, string>): string {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, file, '..'), { recursive: true })
    writeFileSync(join(folder, name, file), text)
  }
  return join(folder, name)
}

const layer = (folder: string, at: number, files: Record<string, string>) =>
  Code.fromAsset(written(folder, `layer-${at}`, files))

/** Writes a cloud assembly of two stacks that use every part of the compute side. */
export function synthesize(folder: string): void {
  const code = join(folder, 'bundles')
  bundle(code)
  const app = new App({ outdir: join(folder, 'cdk.out'), analyticsReporting: false })
  const data = new Stack(app, 'fixture-data')
  const table = new Table(data, 'Facts', {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    stream: StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: 'expires',
    removalPolicy: RemovalPolicy.DESTROY,
  })
  new CfnOutput(data, 'OutDocuments', { value: new Bucket(data, 'Documents').bucketName })

  const stack = new Stack(app, 'fixture')
  const fn = (name: Name, timeout = 10) =>
    new LambdaFn(stack, name, {
      functionName: `fixture-${name}`,
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromAsset(join(code, name)),
      timeout: Duration.seconds(timeout),
      environment: { TABLE: table.tableName },
    })
  const functions = Object.fromEntries(NAMES.map((name) => [name, fn(name, TIMEOUTS[name])])) as Record<Name, LambdaFn>
  const inline = new LambdaFn(stack, 'inline', {
    functionName: 'fixture-inline',
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async (event) => ({ inline: event, file: __filename.slice(-8) })'),
  })
  new LambdaFn(stack, 'layered', {
    functionName: 'fixture-layered',
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromAsset(written(folder, 'layered', { 'index.mjs': LAYERED })),
    layers: LAYERS.map((files, at) => new LayerVersion(stack, `layer${at}`, { code: layer(folder, at, files) })),
  })
  for (const name of ['put', 'collect', 'flaky'] as const) table.grantWriteData(functions[name])
  functions.transact.addToRolePolicy(
    new PolicyStatement({
      actions: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem', 'dynamodb:GetItem'],
      resources: [table.tableArn],
    }),
  )
  functions.trespass.addToRolePolicy(
    new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:Query'],
      resources: [table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['OWN#*'] } },
    }),
  )
  functions.trespass.addToRolePolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: ['dynamodb:*'],
      resources: [table.tableArn],
      conditions: { 'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': ['OWN#locked'] } },
    }),
  )

  const lost = new Queue(stack, 'Lost')
  const bus = new EventBus(stack, 'Bus')
  bus.grantPutEventsTo(functions.relay)
  functions.relay.addEnvironment('BUS', bus.eventBusName)
  functions.relay.addEventSource(
    new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 50,
      bisectBatchOnError: true,
      retryAttempts: 1,
      onFailure: new SqsDlq(lost),
      filters: [FilterCriteria.filter({ dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('FACT#') } } } })],
    }),
  )
  const refused = new Queue(stack, 'Refused')
  const seen = new Queue(stack, 'Seen', {
    visibilityTimeout: Duration.seconds(2),
    deadLetterQueue: { queue: refused, maxReceiveCount: 2 },
  })
  functions.collect.addEventSource(new SqsEventSource(seen, { batchSize: 10, reportBatchItemFailures: true }))
  new Rule(stack, 'FactsToQueue', {
    eventBus: bus,
    eventPattern: { source: ['test.facts'], detailType: ['FactWritten'] },
    targets: [
      new SqsQueue(seen, {
        message: RuleTargetInput.fromObject({ pk: EventField.fromPath('$.detail.pk'), from: 'rule' }),
      }),
    ],
  })
  const failed = new Queue(stack, 'Failed')
  functions.boom.configureAsyncInvoke({ retryAttempts: 1, onFailure: new SqsDestination(failed) })
  new Rule(stack, 'AlarmToBoom', {
    eventBus: bus,
    eventPattern: { source: ['test.alarm'] },
    targets: [new LambdaFunction(functions.boom)],
  })

  const machine = (id: string, definition: object, uses: LambdaFn[]) => {
    const created = new StateMachine(stack, id, {
      definitionBody: DefinitionBody.fromString(JSON.stringify(definition)),
    })
    for (const used of uses) used.grantInvoke(created)
    return created
  }
  const invoke = (name: string) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Parameters: { FunctionName: `fixture-${name}`, 'Payload.$': '$' },
    OutputPath: '$.Payload',
  })
  const fanOut = machine(
    'FanOut',
    {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemsPath: '$.items',
          MaxConcurrency: 10,
          ItemProcessor: {
            ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
            StartAt: 'Double',
            States: { Double: { ...invoke('double'), End: true } },
          },
          ResultPath: '$.results',
          Next: 'Try',
        },
        Try: {
          ...invoke('flaky'),
          InputPath: '$.flaky',
          ResultPath: '$.tries',
          OutputPath: '$',
          Retry: [{ ErrorEquals: ['NotYet'], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 1 }],
          Next: 'Refuse',
        },
        Refuse: {
          ...invoke('boom'),
          Parameters: { FunctionName: 'fixture-boom', Payload: { message: 'no such lot' } },
          Catch: [{ ErrorEquals: ['lot-unknown'], ResultPath: '$.refusal', Next: 'Done' }],
          Next: 'Wrong',
        },
        Wrong: { Type: 'Fail', Error: 'not-refused' },
        Done: {
          Type: 'Pass',
          Parameters: {
            'doubled.$': '$.results[*].n',
            'tries.$': '$.tries.Payload',
            'error.$': '$.refusal.Error',
            'cause.$': 'States.StringToJson($.refusal.Cause)',
            'execution.$': '$$.Execution.Name',
          },
          End: true,
        },
      },
    },
    [functions.double, functions.flaky, functions.boom],
  )
  const slow = machine('Slow', { StartAt: 'Sleep', States: { Sleep: { ...invoke('sleep'), End: true } } }, [
    functions.sleep,
  ])
  const unallowed = machine(
    'Unallowed',
    { StartAt: 'Double', States: { Double: { ...invoke('double'), End: true } } },
    [],
  )
  functions.outward.addToRolePolicy(
    new PolicyStatement({ actions: ['ses:SendEmail', 'sns:Publish'], resources: ['*'] }),
  )
  seen.grantSendMessages(functions.outward)
  slow.grantStartExecution(functions.outward)
  const outputs = {
    Table: table.tableName,
    Seen: seen.queueUrl,
    Lost: lost.queueUrl,
    Refused: refused.queueUrl,
    Failed: failed.queueUrl,
    Bus: bus.eventBusName,
    FanOut: fanOut.stateMachineArn,
    Slow: slow.stateMachineArn,
    Unallowed: unallowed.stateMachineArn,
    Inline: inline.functionArn,
  }
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, `Out${name}`, { value })
  app.synth()
}

if (import.meta.main) synthesize(process.argv[2]!)
