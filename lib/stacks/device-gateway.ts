import { ArnFormat, Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { CfnLogging, CfnThingType } from 'aws-cdk-lib/aws-iot'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { eventRule } from '../domain/device-event.ts'
import { thingTypeName, thingTypes } from '../domain/device-kind.ts'
import { messageTopic } from '../domain/device-message.ts'
import { shadowTopics } from '../domain/device-twin.ts'
import { feeds } from '../domain/feed.ts'
import { mesRule } from '../domain/mes-event.ts'
import { scanRule } from '../domain/scan.ts'
import { formats, telemetryTopic } from '../domain/telemetry.ts'
import { ClaimProvisioning } from './claim-provisioning.ts'
import { DevicePolicy, ownName } from './device-policy.ts'
import type { Names } from './names.ts'
import type { Settings } from './settings.ts'
import { TopicRule } from './topic-rule.ts'
import { explainWildcards } from './wildcards.ts'

interface DeviceGatewayProps extends StackProps {
  readonly names: Names
  readonly settings: Settings
  /** Queue of each feed by its name. */
  readonly queues: ReadonlyMap<string, IQueue>
}

/** Where devices connect: what they are, what each may say, and where it goes. */
export class DeviceGatewayStack extends Stack {
  constructor(scope: Construct, id: string, { names, settings, queues, ...props }: DeviceGatewayProps) {
    super(scope, id, props)
    for (const type of thingTypes) new CfnThingType(this, `Type ${type}`, { thingTypeName: thingTypeName(type) })
    const shadow = shadowTopics(ownName)
    new DevicePolicy(this, 'DevicePolicy', {
      policyName: names.of('device'),
      publishes: [
        ...formats.map((format) => telemetryTopic(ownName, format)),
        messageTopic(eventRule, ownName),
        ...shadow.publishes,
      ],
      hears: shadow.hears,
      // A sensor whose key is stolen must not move stock.
      publishesOf: {
        [thingTypeName('scanner')]: [messageTopic(scanRule, ownName)],
        [thingTypeName('controller')]: [messageTopic(mesRule, ownName)],
      },
    })
    new ClaimProvisioning(this, 'Claim', { names, devicePolicy: names.of('device') })
    const errors = this.errorBucket()
    for (const [name, { rule, sql, what }] of Object.entries(feeds))
      new TopicRule(this, `Rule ${name}`, {
        ...{ ruleName: rule, sql, queue: queues.get(name)!, errors },
        description: `${what} of all devices`,
      })
    if (settings.iotLogging) this.logErrors()
  }

  private errorBucket(): Bucket {
    const errors = new Bucket(this, 'RuleErrors', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      lifecycleRules: [{ expiration: Duration.days(90), noncurrentVersionExpiration: Duration.days(1) }],
      removalPolicy: RemovalPolicy.RETAIN,
    })
    Validations.of(errors).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'Only the rule writes here, and the alarm on its errors tells when; access logs would say nothing more.',
    })
    return errors
  }

  private logErrors() {
    const role = new Role(this, 'LoggingRole', { assumedBy: new ServicePrincipal('iot.amazonaws.com') })
    const logGroup = this.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: 'AWSIotLogsV2:*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:PutRetentionPolicy'],
        resources: [logGroup],
      }),
    )
    explainWildcards(role, { [logGroup]: 'AWS IoT makes the streams of its one log group.' })
    new CfnLogging(this, 'Logging', { accountId: this.account, defaultLogLevel: 'ERROR', roleArn: role.roleArn })
  }
}
