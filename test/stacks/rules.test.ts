import { App, Stack } from 'aws-cdk-lib'
import { CfnPolicy, CfnTopicRule } from 'aws-cdk-lib/aws-iot'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, test } from 'vitest'
import { bundleBudget } from '../../lib/build.ts'
import { ownName } from '../../lib/stacks/device-policy.ts'
import { unscopable } from '../../lib/stacks/grants.ts'
import { IotChecks } from '../../lib/stacks/iot-checks.ts'
import { deployed, machineTexts, ofType } from './product-app.ts'

const product = await deployed()
const functions = ofType(product, 'AWS::Lambda::Function')
const list = (value: unknown): any[] => (Array.isArray(value) ? value : [value])

/** Every statement that a role of the app holds, with its role. */
const statements = [
  ...ofType(product, 'AWS::IAM::Role').flatMap(({ stack, id, properties }) =>
    (properties.Policies ?? []).flatMap((policy: any) =>
      policy.PolicyDocument.Statement.map((statement: any) => ({ role: `${stack}/${id}`, statement })),
    ),
  ),
  ...ofType(product, 'AWS::IAM::Policy').flatMap(({ stack, id, properties }) =>
    properties.PolicyDocument.Statement.map((statement: any) => ({ role: `${stack}/${id}`, statement })),
  ),
]

describe('functions', () => {
  test('are one a file, and all discovered', () => {
    expect(functions).toHaveLength(product.found.length)
    expect(functions.length).toBeGreaterThan(40)
  })

  // Graviton costs a fifth less for the same work, and one architecture means one kind of bundle.
  test('are arm64 on Node.js 24', () => {
    for (const { properties } of functions) {
      expect(properties.Architectures).toEqual(['arm64'])
      expect(properties.Runtime).toBe('nodejs24.x')
    }
  })

  // A shared role is the sum of what all its functions need.
  test('have one role each', () => {
    const roles = functions.map(({ stack, properties }) => `${stack}/${properties.Role['Fn::GetAtt'][0]}`)
    expect(new Set(roles).size).toBe(functions.length)
  })

  // Lambda would make a log group that keeps everything for ever.
  test('have a log group with retention each', () => {
    const groups = new Map(
      ofType(product, 'AWS::Logs::LogGroup').map(({ stack, id, properties }) => [`${stack}/${id}`, properties]),
    )
    const used = functions.map(({ stack, properties }) => `${stack}/${properties.LoggingConfig.LogGroup.Ref}`)
    expect(new Set(used).size).toBe(functions.length)
    for (const name of used) expect(groups.get(name).RetentionInDays).toBe(365)
  })

  // Whoever may read a function's configuration would read them too.
  test('carry no secrets in their environment', () => {
    const names = functions.flatMap(({ properties }) => Object.keys(properties.Environment.Variables))
    expect(names.filter((name) => /SECRET|PASSWORD|TOKEN|PRIVATE|API_?KEY|CREDENTIAL/i.test(name))).toEqual([])
    const values = JSON.stringify(functions.map(({ properties }) => properties.Environment))
    expect(values).not.toMatch(/AKIA[0-9A-Z]{16}|-----BEGIN|eyJ[\w-]{20}/)
  })

  // The cold start of a function grows with its code.
  test('stay under the bundle budget', () => {
    const sizes = product.bundles.map((one) => ({ name: one.name, gzipBytes: one.gzipBytes() }))
    expect(sizes.filter(({ gzipBytes }) => gzipBytes > bundleBudget)).toEqual([])
  })

  // X-Ray bills each trace, and takes one a second: of messages of devices that would be all there are.
  test('are traced, but for those that drain queues of devices', () => {
    const draining = product.found.flatMap(({ name, spec }) =>
      spec.kind === 'reaction' && 'queue' in Object(spec.on) ? [`lotline-${name.replace('/', '-')}`] : [],
    )
    const untraced = functions.filter(({ properties }) => properties.TracingConfig?.Mode !== 'Active')
    expect(untraced.map(({ properties }) => properties.FunctionName).sort()).toEqual(draining.sort())
    expect(draining).toContain('lotline-iot-ingest-telemetry')
  })
})

describe('templates', () => {
  // CloudFormation takes a template of 1 MB with 500 resources; a stack near to it must be split before it is full.
  test.each([...product.templates])('%s leaves room to grow', (_, template) => {
    expect(JSON.stringify(template).length).toBeLessThan(800_000)
    expect(Object.keys(template.Resources ?? {}).length).toBeLessThan(450)
  })
})

describe('permissions', () => {
  // `*` as a resource is a right on everything in the account; only actions that know no resource may have it.
  test('name their resources, or say why they cannot', () => {
    const open = statements.filter(({ statement }) => list(statement.Resource).includes('*'))
    const unexplained = open.flatMap(({ role, statement }) =>
      list(statement.Action)
        .filter((action) => !(action in unscopable) && !/^lotline-machines\//.test(role))
        .map((action) => `${role}: ${action}`),
    )
    expect(unexplained).toEqual([])
    expect(statements.length).toBeGreaterThan(100)
  })

  test('never hold an action wildcard', () => {
    expect(statements.filter(({ statement }) => JSON.stringify(statement.Action).includes('*'))).toEqual([])
  })

  // Without it a function that may write lots could write the ledger of a recall.
  test('on the table hold for named partition keys only', () => {
    const onTable = statements.filter(({ statement }) =>
      list(statement.Action).some((action) => /^dynamodb:(?!.*Stream|GetRecords|GetShard)/.test(action)),
    )
    expect(onTable.length).toBeGreaterThan(40)
    for (const { role, statement } of onTable) {
      const keys = statement.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']
      expect(
        list(keys).every((key) => /^[A-Z-]+#/.test(key)),
        role,
      ).toBe(true)
    }
  })

  // Without the key every call on the table, and every read of its stream, is refused.
  test('on the table or its stream come with the use of its key', () => {
    const rolesWith = (pattern: RegExp) =>
      new Set(
        statements.flatMap(({ role, statement }) =>
          list(statement.Action).some((action) => pattern.test(action)) ? [role] : [],
        ),
      )
    const isOfLake = (role: string) => role.startsWith('lotline-lake/')
    const withKey = [...rolesWith(/^kms:Decrypt$/)].filter((role) => !isOfLake(role))
    expect(new Set(withKey)).toEqual(rolesWith(/^dynamodb:/))
  })

  // Nothing in the product needs to read the whole table or to drop it.
  test('never scan, and never touch the table itself', () => {
    const actions = statements.flatMap(({ statement }) => list(statement.Action))
    expect(
      actions.filter((action) => /dynamodb:(Scan|PartiQL|DeleteTable|UpdateTable|CreateTable)/.test(action)),
    ).toEqual([])
  })
})

describe('routes', () => {
  const { Body } = ofType(product, 'AWS::ApiGateway::RestApi')[0]!.properties
  const operations = Object.entries<any>(Body.paths).flatMap(([path, item]) =>
    Object.entries<any>(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
  )
  const open = operations.filter(({ security }) => security.length === 0)

  // Whoever forgets this opens the books to the internet.
  test('need a token, except those that a signed link opens', () => {
    const byLink = product.found.filter(({ spec }) => 'link' in spec && spec.link).map(({ name }) => name)
    expect(byLink.length).toBeGreaterThan(0)
    expect(open.map((one) => one['x-lotline-function']).sort()).toEqual(byLink.sort())
    for (const { spec } of product.found)
      if ('route' in spec && spec.roles.length === 0) expect(spec.link, spec.route).toBe(true)
  })

  // Strangers who try links must not use up what people at work need.
  test('that a link opens have a throttle of their own', () => {
    const { MethodSettings } = ofType(product, 'AWS::ApiGateway::Stage')[0]!.properties
    for (const { path, method } of open)
      expect(MethodSettings).toContainEqual(
        expect.objectContaining({
          HttpMethod: method,
          ResourcePath: `/${path.replaceAll('/', '~1')}`,
          ThrottlingRateLimit: 50,
          ThrottlingBurstLimit: 100,
        }),
      )
  })
})

describe('data', () => {
  const [table] = ofType(product, 'AWS::DynamoDB::Table')

  // The records of a medical device outlive every mistake of an operator.
  test('can be restored to any second, and outlives its stack', () => {
    expect(table!.properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(true)
    expect(table!.properties.DeletionProtectionEnabled).toBe(true)
    expect(table!.deletion).toBe('Retain')
  })

  test('is encrypted with a key of the customer that rotates', () => {
    expect(table!.properties.SSESpecification).toMatchObject({ SSEEnabled: true, SSEType: 'KMS' })
    // KMS rotates no keys that sign: what they signed could not be proved any more.
    const keys = ofType(product, 'AWS::KMS::Key').filter(({ properties }) => properties.KeySpec !== 'HMAC_256')
    expect(keys.length).toBeGreaterThan(0)
    for (const { properties } of keys) expect(properties.EnableKeyRotation).toBe(true)
  })

  test('tells the stream what was written, and forgets answers to old requests', () => {
    expect(table!.properties.StreamSpecification.StreamViewType).toBe('NEW_IMAGE')
    expect(table!.properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expires', Enabled: true })
  })
})

describe('messages', () => {
  const queues = ofType(product, 'AWS::SQS::Queue')

  // What fails must end where a person sees it, not block the shard or vanish.
  test('that fail for good end in a dead-letter queue with an alarm', () => {
    const alarmed = ofType(product, 'AWS::CloudWatch::Alarm').flatMap(({ properties }) =>
      (properties.Dimensions ?? []).filter(({ Name }: any) => Name === 'QueueName').map(({ Value }: any) => Value),
    )
    const dead = queues.map(({ properties }) => properties.QueueName).filter((name) => name.endsWith('-dead'))
    expect(dead.length).toBeGreaterThan(2)
    expect(dead.filter((name) => !alarmed.includes(name))).toEqual([])
    for (const { properties } of ofType(product, 'AWS::Lambda::EventInvokeConfig'))
      expect(properties.DestinationConfig.OnFailure.Destination).toBeDefined()
    for (const { properties } of ofType(product, 'AWS::Events::Rule'))
      for (const target of properties.Targets) expect(target.DeadLetterConfig.Arn).toBeDefined()
  })

  test('of a queue come back one by one, those of a stream are bisected', () => {
    const mappings = ofType(product, 'AWS::Lambda::EventSourceMapping').map(({ properties }) => properties)
    expect(mappings.length).toBeGreaterThan(0)
    for (const mapping of mappings) {
      if (mapping.StartingPosition)
        expect(mapping).toMatchObject({
          BisectBatchOnFunctionError: true,
          MaximumRetryAttempts: 10,
          DestinationConfig: {},
        })
      else expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures'])
    }
  })

  // A batch that is still being handled must not be given out again.
  test('stay hidden for longer than their function may take', () => {
    const timeouts = functions.map(({ properties }) => properties.Timeout)
    for (const { properties } of queues)
      if (properties.RedrivePolicy)
        expect(properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * Math.min(...timeouts, 30))
  })

  test('are encrypted and only travel over TLS', () => {
    const policies = JSON.stringify(ofType(product, 'AWS::SQS::QueuePolicy').map(({ properties }) => properties))
    for (const { id, properties } of queues) {
      expect(properties.SqsManagedSseEnabled).toBe(true)
      expect(policies).toContain(id)
    }
    expect(policies.match(/aws:SecureTransport/g)).toHaveLength(queues.length)
  })
})

describe('state machines', () => {
  const tasks = (states: Record<string, any>): [string, any][] =>
    Object.entries(states).flatMap(([name, state]): [string, any][] =>
      state.Type === 'Task' ? [[name, state]] : state.ItemProcessor ? tasks(state.ItemProcessor.States) : [],
    )
  const machines = [...machineTexts].map(([name, text]) => [name, tasks(JSON.parse(text).States)] as const)

  // A step without these hangs, gives up at the first hiccup, or fails where nobody sees it.
  test.each(machines)('of %s end each task: tried again, caught, and not waited for without end', (_, all) => {
    expect(all.length).toBeGreaterThan(0)
    for (const [name, { Retry, Catch, TimeoutSeconds }] of all) {
      expect(TimeoutSeconds, name).toBeGreaterThan(0)
      expect(Retry.at(-1).ErrorEquals, name).toEqual(['States.ALL'])
      expect(Catch.at(-1).ErrorEquals, name).toEqual(['States.ALL'])
    }
  })
})

describe('devices', () => {
  const policyOf = (name: string) => {
    const policies = ofType(product, 'AWS::IoT::Policy').map(({ properties }) => properties)
    const { PolicyDocument } = policies.find(({ PolicyName }) => PolicyName === name)!
    return PolicyDocument.Statement as { Effect: string; Action: string; Resource: unknown[]; Condition?: any }[]
  }

  // One device whose key is stolen must not read or speak for another.
  test('may connect, speak and hear under their own name only', () => {
    for (const statement of policyOf('lotline-device'))
      for (const resource of statement.Resource) expect(JSON.stringify(resource)).toContain(ownName)
  })

  // A sensor whose key is stolen must not move stock, nor start an order.
  test('scan and report production only where they are made for it', () => {
    const about = (rule: string) => policyOf('lotline-device').filter((one) => JSON.stringify(one).includes(rule))
    for (const [rule, type] of [
      ['lotline_scans', 'lotline-scanner'],
      ['lotline_mes', 'lotline-controller'],
    ] as const)
      expect(about(rule).map(({ Condition }) => Condition)).toEqual([
        { StringEquals: { 'iot:Connection.Thing.ThingTypeName': type } },
      ])
  })

  // It is in every device of a batch.
  test('can do nothing with a claim certificate but ask for one of their own', () => {
    const statements = policyOf('lotline-claim')
    const [denied] = statements.filter(({ Effect }) => Effect === 'Deny')
    expect(JSON.stringify(denied)).toContain('client/dev_*')
    for (const { Action, Resource } of statements.filter(({ Effect }) => Effect === 'Allow'))
      if (Action !== 'iot:Connect')
        for (const resource of Resource)
          expect(JSON.stringify(resource)).toMatch(
            /\$aws\/(certificates\/create-from-csr|provisioning-templates\/lotline-claim)\//,
          )
  })

  test('lose nothing to a failing rule', () => {
    for (const { properties } of ofType(product, 'AWS::IoT::TopicRule')) {
      expect(properties.TopicRulePayload.Actions[0].Sqs.QueueUrl).toBeDefined()
      expect(properties.TopicRulePayload.ErrorAction.S3.BucketName).toBeDefined()
    }
  })

  test('each have an alarm on what did not reach its queue, on what waits in it, and on what was put aside', () => {
    const rules = ofType(product, 'AWS::IoT::TopicRule').map(({ properties }) => properties.RuleName)
    const [events, others] = [
      'lotline_events',
      ['lotline_mes', 'lotline_scans', 'lotline_shadows', 'lotline_telemetry'],
    ]
    expect(rules.sort()).toEqual([events, ...others])
    const alarms = ofType(product, 'AWS::CloudWatch::Alarm').map(({ properties }) => JSON.stringify(properties))
    for (const rule of rules) {
      const queue = rule.replace('_', '-')
      const watching = [
        `SUM\\(Failure\\).*RuleName = '${rule}'`,
        `AgeOfOldestMessage.*"${queue}"|"${queue}".*AgeOfOldestMessage`,
        `"${queue}-dead"`,
      ]
      for (const one of watching)
        expect(
          alarms.filter((alarm) => new RegExp(one).test(alarm)),
          one,
        ).toHaveLength(1)
    }
  })
})

describe('stacks', () => {
  // CloudFormation takes 500 resources and a megabyte of text a stack.
  test('stay below the limits of CloudFormation', () => {
    for (const [name, template] of product.templates) {
      expect(Object.keys(template.Resources).length, name).toBeLessThan(450)
      expect(JSON.stringify(template).length, name).toBeLessThan(900_000)
    }
  })

  // The local cloud and a deploy without helpers' roles both need plain resources.
  test('have no custom resources', () => {
    const types = [...product.templates.values()].flatMap(({ Resources }) =>
      Object.values<any>(Resources).map(({ Type }) => Type),
    )
    expect(types.filter((type) => /^Custom::|^AWS::CloudFormation::CustomResource/.test(type))).toEqual([])
  })

  // An export in use cannot be removed: a function among them would make its file undeletable.
  test('export lasting things only', () => {
    const exported = [...product.templates.values()].flatMap(({ Outputs = {} }) =>
      Object.values<any>(Outputs).flatMap(({ Export }) => (Export ? [Export.Name as string] : [])),
    )
    expect(
      exported.filter(
        (name) =>
          !/^lotline-(data|events):ExportsOutput\w*(Table|Key|Bus|Telemetry|Events|Scans|Mes|Shadows|Receipts)/.test(
            name,
          ),
      ),
    ).toEqual([])
    expect(exported.length).toBeLessThan(24)
  })
})

describe('cdk-nag', () => {
  test('finds nothing that is not explained', () => {
    const { violations } = new AwsSolutionsChecks(product.app).validateScope(product.app)
    const findings = violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    )
    expect(findings).toEqual([])
  })

  test('has our rules for AWS IoT, which see what is wrong', () => {
    expect(new IotChecks(product.app).validateScope(product.app).violations).toEqual([])
    const stack = new Stack(new App(), 'Broken')
    new CfnTopicRule(stack, 'Rule', { topicRulePayload: { sql: 'SELECT *', actions: [] } })
    new CfnPolicy(stack, 'Policy', {
      policyDocument: { Statement: [{ Effect: 'Allow', Action: 'iot:Publish', Resource: 'arn:aws:iot:::topic/*' }] },
    })
    const { violations } = new IotChecks(stack).validateScope(stack)
    expect(violations.map(({ ruleName }) => ruleName)).toEqual(['Iot-RuleErrorAction', 'Iot-DevicePolicyWildcard'])
  })
})
