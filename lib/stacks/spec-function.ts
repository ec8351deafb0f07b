import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  Function as LambdaFunction,
  type LayerVersion,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { Discovered } from '../discover.ts'
import { grantOf, type Surroundings, unscopable } from './grants.ts'
import { explainWildcards } from './wildcards.ts'

export const runtime = Runtime.NODEJS_24_X
export const architecture = Architecture.ARM_64

/** Seconds a function may take: people wait for a route, which API Gateway cuts at 29 s; machines do not. */
export const timeoutOf = { command: 15, query: 28, reaction: 30, task: 300 } as const
/** Seconds that work by the clock may take; a seal's lease is longer. */
const clockTimeout = 240
/** A trace holds a million edges in memory, and Lambda gives CPU by memory: with less than 1,769 MB not a whole one. */
const memoryOf = { plain: 512, genealogy: 3008 } as const
/** Seconds for a task that traces: it also writes down hundreds of thousands of nodes. */
const tracingTimeout = 900

export interface SpecFunctionProps {
  readonly found: Discovered
  /** Folder with the function's bundle. */
  readonly folder: string
  /** What it loads from `/opt`. */
  readonly layers: LayerVersion[]
  readonly around: Surroundings
  /** What its trigger needs beyond what its spec says. */
  readonly statements: readonly PolicyStatement[]
}

/** The function of one file in `lambdas/`, with a role and a log group of its own. */
export class SpecFunction extends Construct {
  readonly function: LambdaFunction

  constructor(scope: Construct, id: string, { found, folder, layers, around, statements }: SpecFunctionProps) {
    super(scope, id)
    const functionName = around.names.function(found.name)
    const grant = grantOf(found, Stack.of(this), around)
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: around.settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const isTraced = !drainsQueue(found)
    const role = this.role([...grant.statements, ...statements, ...(isTraced ? [traces()] : [])], logGroup)
    explainWildcards(role, grant.wildcards ?? {})
    this.function = new LambdaFunction(this, 'Function', {
      functionName,
      description: found.spec.summary.slice(0, 256),
      runtime,
      architecture,
      handler: 'index.handler',
      code: Code.fromAsset(folder),
      layers,
      memorySize: memoryOf[holdsGenealogy(found) ? 'genealogy' : 'plain'],
      timeout: Duration.seconds(secondsFor(found)),
      environment: grant.environment,
      // CDK would add a second policy with the same rights.
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      tracing: isTraced ? Tracing.ACTIVE : Tracing.DISABLED,
    })
  }

  private role(statements: readonly PolicyStatement[], logGroup: LogGroup): Role {
    const logs = new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
    })
    const all = [logs, ...statements]
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { spec: new PolicyDocument({ statements: all }) },
    })
    acknowledgeWildcards(role, all)
    return role
  }
}

const traces = () =>
  new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] })

const isByClock = ({ spec }: Discovered) =>
  spec.kind === 'reaction' && typeof spec.on === 'object' && 'everyMinutes' in spec.on

/** Nothing before a queue of devices is traced, and X-Ray would take and bill a trace for each second of messages. */
const drainsQueue = ({ spec }: Discovered) =>
  spec.kind === 'reaction' && typeof spec.on === 'object' && 'queue' in spec.on

const holdsGenealogy = ({ spec }: Discovered) =>
  (spec.uses ?? []).some((port) => port === 'genealogy' || port === 'sealer')

function secondsFor(found: Discovered): number {
  if (isByClock(found)) return clockTimeout
  return found.spec.kind === 'task' && holdsGenealogy(found) ? tracingTimeout : timeoutOf[found.spec.kind]
}

/** Explains each `*` to cdk-nag; one without a known reason stays a finding. */
function acknowledgeWildcards(role: Role, statements: readonly PolicyStatement[]) {
  const open = statements.filter(({ effect, resources }) => effect === Effect.ALLOW && resources.includes('*'))
  const actions = open.flatMap((statement) => statement.actions)
  if (actions.every((action) => action in unscopable))
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: actions.map((action) => `${action}: ${unscopable[action]}`).join('; '),
    })
}
