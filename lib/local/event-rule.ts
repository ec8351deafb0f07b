import type { Cloud, Resource } from './cloud.ts'
import { checkPattern, matches } from './event-pattern.ts'
import type { Json } from './intrinsics.ts'
import { onlyProperties } from './properties.ts'
import { assertTarget } from './targets.ts'

/** A target of a rule, with what the rule makes of the event for it. */
export interface RuleTarget {
  readonly arn: string
  readonly deadLetter: string | undefined
  input(event: Json): unknown
}

/** An enabled rule of a bus. */
export interface Rule {
  readonly name: string
  readonly arn: string
  readonly bus: string
  readonly schedule: string | undefined
  readonly targets: readonly RuleTarget[]
  matches(event: Json): boolean
}

const TARGET_FIELDS = [
  'Id',
  'Arn',
  'RoleArn',
  'Input',
  'InputPath',
  'InputTransformer',
  'RetryPolicy',
  'DeadLetterConfig',
]

/** Reads the enabled rules of the template; a pattern that AWS would refuse stops the start. */
export function readRules(cloud: Cloud): Rule[] {
  return cloud
    .ofType('AWS::Events::Rule')
    .filter(({ properties }) => properties.State !== 'DISABLED')
    .map((resource) => readRule(cloud, resource))
}

function readRule(cloud: Cloud, resource: Resource): Rule {
  onlyProperties(
    resource,
    'Name',
    'Description',
    'EventBusName',
    'EventPattern',
    'ScheduleExpression',
    'State',
    'Targets',
    'RoleArn',
    'Tags',
  )
  const { EventBusName, EventPattern, ScheduleExpression, Targets } = resource.properties
  if (EventPattern) checkPattern(EventPattern)
  return {
    name: resource.ref,
    arn: resource.attributes.Arn!,
    bus: busName(EventBusName),
    schedule: ScheduleExpression,
    targets: (Targets ?? []).map((target: Json) => readTarget(cloud, resource, target)),
    matches: (event) => EventPattern !== undefined && matches(EventPattern, event),
  }
}

function readTarget(cloud: Cloud, rule: Resource, target: Json): RuleTarget {
  const from = `rule ${rule.ref}`
  const unknown = Object.keys(target).filter((field) => !TARGET_FIELDS.includes(field))
  if (unknown.length > 0)
    throw new Error(`${from} uses ${unknown.join(', ')} of a target, which the local cloud does not implement`)
  assertTarget(cloud, target.Arn, from)
  return { arn: target.Arn, deadLetter: target.DeadLetterConfig?.Arn, input: inputOf(target, rule) }
}

/** Name of a bus given by name or ARN. */
export function busName(nameOrArn: string | undefined): string {
  return nameOrArn ? nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1) : 'default'
}

function inputOf(target: Json, rule: Resource): RuleTarget['input'] {
  if (target.Input !== undefined) return () => JSON.parse(target.Input)
  if (target.InputPath !== undefined) return (event) => at(event, target.InputPath)
  const transformer = target.InputTransformer
  return transformer ? (event) => transform(transformer, event, rule) : (event) => event
}

/** Fills `<name>` in the template: as JSON where a value stands alone, as bare text inside quotes. */
function transform({ InputPathsMap, InputTemplate }: Json, event: Json, rule: Resource): unknown {
  const predefined: Record<string, unknown> = {
    'aws.events.event': event,
    'aws.events.event.json': event,
    'aws.events.event.ingestion-time': event.time,
    'aws.events.rule-arn': rule.attributes.Arn,
    'aws.events.rule-name': rule.ref.replace(/^.*\|/, ''),
  }
  const value = (name: string) => (InputPathsMap?.[name] ? at(event, InputPathsMap[name]) : predefined[name])
  let quoted = false
  const filled = InputTemplate.replace(/\\.|"|<([\w.-]+)>/g, (token: string, name?: string) => {
    if (token === '"') quoted = !quoted
    if (name === undefined) return token
    const found = value(name)
    if (!quoted) return found === undefined ? '""' : JSON.stringify(found)
    const text = typeof found === 'string' ? found : found === undefined ? '' : JSON.stringify(found)
    return JSON.stringify(text).slice(1, -1)
  })
  try {
    return JSON.parse(filled)
  } catch {
    // A template may also give plain text.
    return filled
  }
}

/** Value at a path like `$.detail.lots[0].id`. */
function at(event: Json, path: string): unknown {
  let value = event
  for (const [, name, index] of path.matchAll(/\.([\w-]+)|\[(\d+)\]/g)) value = value?.[name ?? Number(index)]
  return value
}
