import { createHash } from 'node:crypto'

/** What CloudFormation would give for `Ref` and `Fn::GetAtt` of a resource. */
export interface Identity {
  readonly ref: string
  readonly attributes: Readonly<Record<string, string>>
}

/** What a naming rule may use: the resource's own name properties and the place it is deployed to. */
export interface Naming {
  /** The name that CloudFormation would generate: stack, logical id and a suffix that never changes. */
  readonly generated: string
  readonly region: string
  readonly account: string
  /** Base URL of the SDK endpoint, of which queue URLs are made. */
  readonly endpoint: string
  /** Resolved text of one property, or the generated name. */
  name(property: string): string
  /** Resolved text of one property, if it is set. */
  property(property: string): string | undefined
  arn(service: string, resource: string): string
  /** Stable characters out of the alphabet `0-9a-z`, for ids that AWS makes up. */
  id(length: number): string
}

type Rule = (naming: Naming) => Identity

/** A resource whose `Ref` is its name, and whose ARN ends in `prefix` and that name. */
const named =
  (
    property: string,
    service: string,
    prefix = '',
    more: (name: string, n: Naming) => Record<string, string> = none,
  ): Rule =>
  (n) => {
    const name = n.name(property)
    return { ref: name, attributes: { Arn: n.arn(service, prefix + name), ...more(name, n) } }
  }

const none = () => ({})

/** IAM is a global service: its ARNs have no region, and a path before the name. */
const iamArn = (n: Naming, kind: string, name: string) =>
  `arn:aws:iam::${n.account}:${kind}${n.property('Path') ?? '/'}${name}`

const table = named('TableName', 'dynamodb', 'table/', (name, n) => ({
  StreamArn: n.arn('dynamodb', `table/${name}/stream/local`),
  TableId: n.id(32),
}))

/** Rules by type; a type without one gets its generated name as `Ref` and no attributes. */
const RULES: Readonly<Record<string, Rule>> = {
  'AWS::ApiGateway::RestApi': (n) => ({
    ref: n.id(10),
    attributes: { RestApiId: n.id(10), RootResourceId: n.id(9) },
  }),
  'AWS::ApiGateway::Deployment': (n) => ({ ref: n.id(6), attributes: { DeploymentId: n.id(6) } }),
  'AWS::ApiGateway::Stage': (n) => ({ ref: n.name('StageName'), attributes: {} }),
  'AWS::ApiGateway::Authorizer': (n) => ({ ref: n.id(6), attributes: { AuthorizerId: n.id(6) } }),
  'AWS::Athena::WorkGroup': named('Name', 'athena', 'workgroup/'),
  'AWS::CloudWatch::Alarm': named('AlarmName', 'cloudwatch', 'alarm:'),
  'AWS::CloudWatch::CompositeAlarm': named('AlarmName', 'cloudwatch', 'alarm:'),
  'AWS::Cognito::UserPool': (n) => {
    const id = `${n.region}_${n.id(9)}`
    const provider = `cognito-idp.${n.region}.amazonaws.com/${id}`
    return {
      ref: id,
      attributes: {
        Arn: n.arn('cognito-idp', `userpool/${id}`),
        ProviderName: provider,
        ProviderURL: `https://${provider}`,
        UserPoolId: id,
      },
    }
  },
  'AWS::Cognito::UserPoolClient': (n) => ({
    ref: n.id(26),
    attributes: { ClientId: n.id(26), Name: n.name('ClientName') },
  }),
  'AWS::Cognito::UserPoolGroup': (n) => ({ ref: n.name('GroupName'), attributes: {} }),
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::DynamoDB::Table': table,
  'AWS::Events::EventBus': named('Name', 'events', 'event-bus/', (name) => ({ Name: name })),
  'AWS::Events::Rule': (n) => {
    const bus = n.property('EventBusName')?.replace(/^.*event-bus\//, '')
    const name = n.name('Name')
    const onBus = bus && bus !== 'default'
    return {
      ref: onBus ? `${bus}|${name}` : name,
      attributes: { Arn: n.arn('events', `rule/${onBus ? `${bus}/` : ''}${name}`) },
    }
  },
  'AWS::Events::Archive': named('ArchiveName', 'events', 'archive/', (name) => ({ ArchiveName: name })),
  'AWS::IAM::ManagedPolicy': (n) => {
    const arn = iamArn(n, 'policy', n.name('ManagedPolicyName'))
    return { ref: arn, attributes: { Arn: arn } }
  },
  'AWS::IAM::Role': (n) => {
    const name = n.name('RoleName')
    return { ref: name, attributes: { Arn: iamArn(n, 'role', name), RoleId: `AROA${n.id(16).toUpperCase()}` } }
  },
  'AWS::IoT::Policy': named('PolicyName', 'iot', 'policy/', (name) => ({ Id: name })),
  'AWS::IoT::ProvisioningTemplate': (n) => ({
    ref: n.name('TemplateName'),
    attributes: { TemplateArn: n.arn('iot', `provisioningtemplate/${n.name('TemplateName')}`) },
  }),
  'AWS::IoT::Thing': named('ThingName', 'iot', 'thing/', (_, n) => ({ Id: n.id(32) })),
  'AWS::IoT::ThingGroup': named('ThingGroupName', 'iot', 'thinggroup/', (_, n) => ({ Id: n.id(32) })),
  'AWS::IoT::ThingType': named('ThingTypeName', 'iot', 'thingtype/', (_, n) => ({ Id: n.id(32) })),
  'AWS::IoT::TopicRule': named('RuleName', 'iot', 'rule/'),
  'AWS::KMS::Alias': (n) => ({ ref: n.property('AliasName') ?? n.generated, attributes: {} }),
  'AWS::KMS::Key': (n) => {
    const id = n.id(32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    return { ref: id, attributes: { Arn: n.arn('kms', `key/${id}`), KeyId: id } }
  },
  'AWS::KinesisFirehose::DeliveryStream': named('DeliveryStreamName', 'firehose', 'deliverystream/'),
  'AWS::Lambda::Alias': (n) => {
    const arn = `${functionArn(n)}:${n.name('Name')}`
    return { ref: arn, attributes: { AliasArn: arn } }
  },
  'AWS::Lambda::EventSourceMapping': (n) => {
    const id = n.id(32)
    return { ref: id, attributes: { Id: id, EventSourceMappingArn: n.arn('lambda', `event-source-mapping:${id}`) } }
  },
  'AWS::Lambda::Function': named('FunctionName', 'lambda', 'function:'),
  'AWS::Lambda::LayerVersion': (n) => {
    const arn = n.arn('lambda', `layer:${n.name('LayerName')}`)
    return { ref: `${arn}:1`, attributes: { LayerVersionArn: `${arn}:1`, LayerArn: arn } }
  },
  'AWS::Lambda::Version': (n) => {
    const arn = `${functionArn(n)}:1`
    return { ref: arn, attributes: { FunctionArn: arn, Version: '1' } }
  },
  'AWS::Logs::LogGroup': (n) => {
    const name = n.name('LogGroupName')
    return { ref: name, attributes: { Arn: n.arn('logs', `log-group:${name}:*`) } }
  },
  'AWS::S3::Bucket': (n) => {
    const name = n.property('BucketName') ?? n.generated.toLowerCase()
    const domain = `${name}.s3.${n.region}.amazonaws.com`
    return {
      ref: name,
      attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: `${name}.s3.amazonaws.com`, RegionalDomainName: domain },
    }
  },
  'AWS::SES::ConfigurationSet': named('Name', 'ses', 'configuration-set/'),
  'AWS::SES::EmailIdentity': named('EmailIdentity', 'ses', 'identity/'),
  'AWS::SNS::Topic': (n) => {
    const name = n.name('TopicName')
    const arn = n.arn('sns', name)
    return { ref: arn, attributes: { TopicArn: arn, TopicName: name } }
  },
  'AWS::SQS::Queue': (n) => {
    const name = n.name('QueueName')
    const url = `${n.endpoint}/${n.account}/${name}`
    return { ref: url, attributes: { Arn: n.arn('sqs', name), QueueName: name, QueueUrl: url } }
  },
  'AWS::SSM::Parameter': named('Name', 'ssm', 'parameter/', (_, n) => ({ Value: n.property('Value') ?? '' })),
  'AWS::Scheduler::Schedule': named('Name', 'scheduler', 'schedule/default/'),
  'AWS::Scheduler::ScheduleGroup': named('Name', 'scheduler', 'schedule-group/'),
  'AWS::StepFunctions::StateMachine': (n) => {
    const name = n.name('StateMachineName')
    const arn = n.arn('states', `stateMachine:${name}`)
    return { ref: arn, attributes: { Arn: arn, Name: name } }
  },
  'AWS::Timestream::Database': named('DatabaseName', 'timestream', 'database/'),
  'AWS::Timestream::Table': (n) => {
    const database = n.property('DatabaseName')!
    const name = n.name('TableName')
    return {
      ref: `${database}|${name}`,
      attributes: { Arn: n.arn('timestream', `database/${database}/table/${name}`), Name: name },
    }
  },
}

/** Version and Alias name their function by name or by ARN. */
function functionArn(n: Naming): string {
  const reference = n.property('FunctionName')!
  return reference.startsWith('arn:') ? reference : n.arn('lambda', `function:${reference}`)
}

/** Gives a resource the names that CloudFormation would; generated parts never change between starts. */
export function identify(
  type: string,
  stack: string,
  logicalId: string,
  place: { region: string; account: string; endpoint: string },
  property: (name: string) => string | undefined,
): Identity {
  const hash = BigInt(`0x${createHash('sha256').update(`${stack}/${logicalId}`).digest('hex')}`)
  const id = (length: number) => hash.toString(36).slice(0, length)
  const readable = `${stack}-${logicalId}`.slice(0, 50)
  const generated = `${readable}-${id(12).toUpperCase()}`
  const rule = RULES[type]
  if (!rule) return { ref: property('Name') ?? generated, attributes: {} }
  return rule({
    ...place,
    generated,
    property,
    name: (name) => property(name) ?? generated,
    arn: (service, resource) => `arn:aws:${service}:${place.region}:${place.account}:${resource}`,
    id,
  })
}
