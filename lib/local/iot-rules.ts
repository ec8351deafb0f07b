import type { Cloud, Resource } from './cloud.ts'
import { authorize } from './iam.ts'
import { parseSql } from './iot-sql.ts'
import { onlyProperties } from './properties.ts'

/** A message that arrived at the broker or the data plane. */
export interface ArrivedMessage {
  readonly topic: string
  readonly payload: Buffer
  /** Absent for messages over HTTPS. */
  readonly clientId?: string
  /** Certificate id or ARN of who published. */
  readonly principal: string
  /** How many Republish actions it came through. */
  readonly hops?: number
}

/** Publishes what a Republish action sends. */
export type Republish = (message: { topic: string; payload: Buffer; qos: 0 | 1; hops: number }) => Promise<void>

/** The topic rules of the template; resolves when every matching rule's actions (or error action) are done durably. */
type TopicRules = (message: ArrivedMessage) => Promise<void>

type Json = any
type Action = (output: Buffer, message: ArrivedMessage) => Promise<void>

const BASIC_INGEST = /^\$aws\/rules\/([^/]+)(?:\/(.*))?$/s
const MOST_REPUBLISH_HOPS = 10

/** Whether a topic only reaches the rule that it names, and no subscriber. */
export function isBasicIngest(topic: string): boolean {
  return BASIC_INGEST.test(topic)
}

/** Compiles every AWS::IoT::TopicRule; SQL, actions or properties that the local cloud does not know throw. */
export function openTopicRules(cloud: Cloud, republish: Republish): TopicRules {
  const rules = cloud.ofType('AWS::IoT::TopicRule').map((resource) => compileRule(cloud, resource, republish))
  return async (message) => {
    const [, ruleName, rest = ''] = BASIC_INGEST.exec(message.topic) ?? []
    if (ruleName === undefined) {
      await Promise.all(rules.filter((rule) => rule.takes(message.topic)).map((rule) => rule.run(message)))
      return
    }
    const rule = rules.find((one) => one.name === ruleName)
    if (rule) await rule.run({ ...message, topic: rest })
    else cloud.log('iot-core', `no topic rule ${ruleName}: the message to ${message.topic} is lost, as in AWS`)
  }
}

function compileRule(cloud: Cloud, resource: Resource, republish: Republish) {
  onlyProperties(resource, 'RuleName', 'Tags', 'TopicRulePayload')
  const payload = resource.properties.TopicRulePayload
  onlyKnown(resource.ref, 'TopicRulePayload', payload, [
    'Actions',
    'AwsIotSqlVersion',
    'Description',
    'ErrorAction',
    'RuleDisabled',
    'Sql',
  ])
  const sql = parseSql(payload.Sql, payload.AwsIotSqlVersion)
  const actions = (payload.Actions as Json[]).map((action) => compileAction(cloud, resource.ref, action, republish))
  const errorAction = payload.ErrorAction && compileAction(cloud, resource.ref, payload.ErrorAction, republish)

  async function act(action: CompiledAction, output: Buffer, message: ArrivedMessage): Promise<void> {
    try {
      await action.run(output, message)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      cloud.log('iot-core', `rule ${resource.ref}: ${action.name} failed: ${reason}`)
      if (!errorAction) throw error
      await errorAction.run(Buffer.from(JSON.stringify(failure(resource.ref, message, action, reason))), message)
    }
  }

  return {
    name: resource.ref,
    takes: (topic: string) => payload.RuleDisabled !== true && sql.matches(topic),
    async run(message: ArrivedMessage): Promise<void> {
      if (payload.RuleDisabled === true) return
      const output = evaluate(cloud, resource.ref, sql, message)
      if (output) await Promise.all(actions.map((action) => act(action, output, message)))
    },
  }
}

/** A statement that fails on a message drops it with a log line, as AWS does: no error action runs. */
function evaluate(cloud: Cloud, rule: string, sql: ReturnType<typeof parseSql>, message: ArrivedMessage) {
  try {
    const { matched, value } = sql.evaluate({ ...message, accountId: cloud.account })
    if (!matched || value === undefined) return undefined
    return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(JSON.stringify(value))
  } catch (error) {
    cloud.log('iot-core', `rule ${rule}: SQL failed on a message to ${message.topic}: ${(error as Error).message}`)
    return undefined
  }
}

/** What an error action gets, in AWS's form. */
function failure(ruleName: string, message: ArrivedMessage, action: CompiledAction, errorMessage: string) {
  return {
    ruleName,
    topic: message.topic,
    clientId: message.clientId ?? 'N/A',
    base64OriginalPayload: message.payload.toString('base64'),
    failures: [{ failedAction: `${action.name}Action`, failedResource: action.resource, errorMessage }],
  }
}

interface CompiledAction {
  /** AWS's name of the kind of action, e.g. `Sqs`. */
  readonly name: string
  readonly resource: string
  readonly run: Action
}

function compileAction(cloud: Cloud, rule: string, declared: Json, republish: Republish): CompiledAction {
  const [[name, action] = ['none', {}]] = Object.entries<Json>(declared)
  const principal = action.RoleArn && cloud.assumed(action.RoleArn, rule)
  const permit = (permission: string, resource: string) => {
    if (principal) authorize(principal, permission, resource)
  }
  const known = (...properties: string[]) => onlyKnown(rule, name, action, properties)
  switch (name) {
    case 'Sqs':
      known('QueueUrl', 'RoleArn', 'UseBase64')
      return sqsAction(cloud, action, permit)
    case 'Lambda':
      known('FunctionArn')
      return {
        name,
        resource: action.FunctionArn,
        run: (output) => cloud.invokeLater(action.FunctionArn, jsonOrText(output)),
      }
    case 'S3':
      known('BucketName', 'Key', 'RoleArn')
      return s3Action(cloud, action, permit)
    case 'Republish':
      known('Topic', 'Qos', 'RoleArn')
      return republishAction(cloud, action, permit, republish)
    default:
      throw new Error(`topic rule ${rule}: the local cloud does not implement the action ${name}`)
  }
}

function onlyKnown(rule: string, part: string, declared: object, known: readonly string[]): void {
  const unknown = Object.keys(declared).filter((property) => !known.includes(property))
  if (unknown.length > 0) throw new Error(`topic rule ${rule}: ${part}.${unknown.join(', ')} is not implemented`)
}

type Permit = (permission: string, resource: string) => void

function sqsAction(cloud: Cloud, action: Json, permit: Permit): CompiledAction {
  const queueArn = cloud.find(action.QueueUrl).attributes.Arn!
  return {
    name: 'Sqs',
    resource: action.QueueUrl,
    async run(output) {
      permit('sqs:SendMessage', queueArn)
      await cloud.send(queueArn, output.toString(action.UseBase64 === true ? 'base64' : 'utf8'))
    },
  }
}

function s3Action(cloud: Cloud, action: Json, permit: Permit): CompiledAction {
  const key = compileSubstitution(action.Key)
  return {
    name: 'S3',
    resource: action.BucketName,
    async run(output, message) {
      const name = key(message)
      permit('s3:PutObject', `arn:aws:s3:::${action.BucketName}/${name}`)
      await cloud.putObject(action.BucketName, name, output)
    },
  }
}

function republishAction(cloud: Cloud, action: Json, permit: Permit, republish: Republish): CompiledAction {
  // CloudFormation cannot hold `$aws/…` beside `${…}`, and so AWS takes `$$` for the dollar sign of a topic.
  const topic = compileSubstitution(String(action.Topic).replace(/^\$\$/, '$'))
  return {
    name: 'Republish',
    resource: action.Topic,
    async run(payload, message) {
      const target = topic(message)
      const hops = (message.hops ?? 0) + 1
      if (hops > MOST_REPUBLISH_HOPS) throw new Error(`rules republish to ${target} in a circle`)
      permit('iot:Publish', `arn:aws:iot:${cloud.region}:${cloud.account}:topic/${target}`)
      await republish({ topic: target, payload, qos: Number(action.Qos ?? 0) === 1 ? 1 : 0, hops })
    },
  }
}

/** Compiles a substitution template such as `readings/${topic(2)}/${timestamp()}.json`. */
function compileSubstitution(template: string): (message: ArrivedMessage) => string {
  const parts = template.split(/\$\{([^}]*)\}/).map((part, index) => {
    if (index % 2 === 0) return () => part
    const expression = parseSql(`SELECT VALUE ${part} FROM '#'`, '2016-03-23')
    return (message: ArrivedMessage) => {
      const { value } = expression.evaluate(message)
      if (value === undefined) throw new Error(`\${${part}} has no value for a message to ${message.topic}`)
      return typeof value === 'string' ? value : JSON.stringify(value)
    }
  })
  return (message) => parts.map((part) => part(message)).join('')
}

function jsonOrText(output: Buffer): unknown {
  try {
    return JSON.parse(output.toString('utf8'))
  } catch {
    return output.toString('base64')
  }
}
