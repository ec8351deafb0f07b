import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CfnOutput, FileSystem, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import {
  AccessLogFormat,
  ApiDefinition,
  type CfnRestApi,
  EndpointType,
  LogGroupLogDestination,
  MethodLoggingLevel,
  SpecRestApi,
} from 'aws-cdk-lib/aws-apigateway'
import { CfnPermission } from 'aws-cdk-lib/aws-lambda'
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import type { Construct } from 'constructs'
import { deployable, openOperationsOf, operationsOf } from './api-document.ts'
import { Firewall } from './firewall.ts'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'
import { Users } from './users.ts'

interface ApiProps extends StackProps {
  readonly document: object
  readonly roles: readonly string[]
  readonly names: Names
  readonly settings: Settings
}

/** One line of JSON a request; who asked, what, and how long it took, but nothing of what was said. */
const accessLine = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  resource: '$context.resourcePath',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  bytes: '$context.responseLength',
  sub: '$context.authorizer.claims.sub',
  ip: '$context.identity.sourceIp',
  error: '$context.error.responseType',
}

/** The REST API, deployed from openapi.json itself, and the people who may use it. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { document, roles, names, settings, ...props }: ApiProps) {
    super(scope, id, props)
    const users = new Users(this, 'Users', { names, settings, roles })
    const logGroup = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/apigateway/${names.of('api')}`,
      retention: settings.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.RETAIN,
    })
    const whole = new Asset(this, 'WholeDocument', { path: written(document) })
    const api = new SpecRestApi(this, 'Api', {
      restApiName: names.of('api'),
      apiDefinition: ApiDefinition.fromInline(
        deployable(document, {
          userPoolArn: users.pool.userPoolArn,
          documentUrl: whole.httpUrl,
          integrationUri: (name) => this.integrationUri(names, name),
        }),
      ),
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      failOnWarnings: false,
      deployOptions: {
        stageName: settings.stageName,
        throttlingRateLimit: settings.throttleRate,
        throttlingBurstLimit: settings.throttleBurst,
        methodOptions: Object.fromEntries(openOperationsOf(document).map((one) => [one, linkThrottle(settings)])),
        tracingEnabled: true,
        metricsEnabled: true,
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(logGroup),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLine)),
      },
    })
    requireModernTls(api.node.defaultChild as CfnRestApi)
    this.allowCalls(api, document, names, settings)
    if (settings.firewall) new Firewall(this, 'Firewall', api.deploymentStage.stageArn)
    this.acknowledge(api, settings)
    new CfnOutput(this, 'Document', { value: whole.s3ObjectUrl })
    new CfnOutput(this, 'Url', { value: api.urlForPath('/') })
    new CfnOutput(this, 'UserPoolId', { value: users.pool.userPoolId })
    new CfnOutput(this, 'UserPoolClientId', { value: users.client.userPoolClientId })
  }

  private integrationUri(names: Names, name: string): string {
    const path = `path/2015-03-31/functions/${names.functionArn(this, name)}/invocations`
    return `arn:${this.partition}:apigateway:${this.region}:lambda:${path}`
  }

  /** Each function may be called by its own method of this API only. */
  private allowCalls(api: SpecRestApi, document: object, names: Names, { stageName }: Settings) {
    for (const { method, path, name } of operationsOf(document))
      new CfnPermission(this, `Call ${name}`, {
        action: 'lambda:InvokeFunction',
        principal: 'apigateway.amazonaws.com',
        functionName: names.functionArn(this, name),
        sourceArn: api.arnForExecuteApi(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, '*'), stageName),
      })
  }

  private acknowledge(api: SpecRestApi, { firewall }: Settings) {
    Validations.of(api).acknowledge(
      {
        id: 'AwsSolutions-APIG2',
        reason: 'The OpenAPI document validates body and parameters of every operation; cdk-nag looks for a resource.',
      },
      {
        id: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
        reason: 'AWS defines and keeps this policy for the one role by which API Gateway logs in an account.',
      },
    )
    if (!firewall)
      Validations.of(api).acknowledge({
        id: 'AwsSolutions-APIG3',
        reason:
          'Every route needs a signed token and is throttled; the setting "firewall" adds AWS WAF, billed by the hour.',
      })
  }
}

/** Strangers may try links on these routes; they must not use up what people at work need. */
const linkThrottle = ({ linkThrottleRate, linkThrottleBurst }: Settings) => ({
  throttlingRateLimit: linkThrottleRate,
  throttlingBurstLimit: linkThrottleBurst,
})

/** The endpoint's default policy still takes TLS 1.0. */
function requireModernTls(api: CfnRestApi) {
  api.addPropertyOverride('SecurityPolicy', 'SecurityPolicy_TLS13_1_2_2021_06')
  api.addPropertyOverride('EndpointAccessMode', 'STRICT')
}

/** The path of a file with this document. */
function written(document: object): string {
  const path = join(FileSystem.mkdtemp('lotline'), 'openapi.json')
  writeFileSync(path, JSON.stringify(document))
  return path
}
