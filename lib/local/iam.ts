import type { Principal, Resource } from './cloud.ts'
import type { Json } from './intrinsics.ts'

/** What a request says about itself beyond action and resource, e.g. `dynamodb:LeadingKeys`. */
export type RequestContext = Readonly<Record<string, readonly string[]>>

/** A decision of `authorize` against a call; carries what the service has to answer. */
export class AccessDenied extends Error {
  override readonly name = 'AccessDeniedException'

  constructor(principal: Principal, action: string, resource: string, explicit: boolean) {
    const why = explicit
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`
    super(`User: ${principal.arn} is not authorized to perform: ${action} on resource: ${resource} ${why}`)
  }
}

// Grants of AWS managed policies to things that are not emulated (log groups, traces), so nothing is to be checked.
const MANAGED_WITHOUT_EFFECT = [
  'AWSLambdaBasicExecutionRole',
  'AWSXRayDaemonWriteAccess',
  'AWSXrayWriteOnlyAccess',
  'AmazonAPIGatewayPushToCloudWatchLogs',
  'CloudWatchLambdaInsightsExecutionRolePolicy',
]

/** Collects the policy statements of a role of the synthesized app: inline, attached and customer managed. */
export function statementsOf(roleArn: string, resources: readonly Resource[]): Json[] {
  const role = resources.find((each) => each.type === 'AWS::IAM::Role' && each.attributes.Arn === roleArn)
  if (!role) throw new Error(`no role ${roleArn} in the synthesized app`)
  const managed: string[] = role.properties.ManagedPolicyArns ?? []
  const documents: Json[] = (role.properties.Policies ?? []).map((policy: Json) => policy.PolicyDocument)
  for (const policy of resources) {
    if (policy.type !== 'AWS::IAM::Policy' && policy.type !== 'AWS::IAM::ManagedPolicy') continue
    if (policy.properties.Roles?.includes(role.ref) || managed.includes(policy.ref))
      documents.push(policy.properties.PolicyDocument)
  }
  for (const arn of managed) {
    const known = MANAGED_WITHOUT_EFFECT.some((name) => arn.endsWith(`/${name}`))
    if (!known && !resources.some((each) => each.ref === arn))
      throw new Error(`role ${role.ref} has the managed policy ${arn}, whose statements the local cloud does not know`)
  }
  const statements = documents.flatMap((document) => list(document.Statement))
  for (const statement of statements) assertSupported(statement, role.ref)
  return statements
}

/** Throws `AccessDenied` unless the principal's own policies allow the action on the resource. */
export function authorize(principal: Principal, action: string, resource: string, context: RequestContext = {}): void {
  const about = statementsAbout(principal, action, resource).filter((each) => conditionsHold(each.Condition, context))
  const isDenied = about.some((each) => each.Effect === 'Deny')
  if (isDenied || about.length === 0) throw new AccessDenied(principal, action, resource, isDenied)
}

const memories = new WeakMap<Principal, Map<string, readonly Json[]>>()
/** Resources may be many, as objects of a bucket are. */
const mostRemembered = 1000

/** The principal's statements about an action on a resource; whether their conditions hold is another question. */
function statementsAbout(principal: Principal, action: string, resource: string): readonly Json[] {
  let memory = memories.get(principal)
  if (!memory || memory.size >= mostRemembered) {
    memory = new Map()
    memories.set(principal, memory)
  }
  const key = `${action} ${resource}`
  let about = memory.get(key)
  if (!about) {
    about = principal.statements.filter((each) => isAbout(each, action, resource))
    memory.set(key, about)
  }
  return about
}

function isAbout(statement: Json, action: string, resource: string): boolean {
  const actionMatches = statement.NotAction
    ? !list(statement.NotAction).some((pattern) => like(pattern.toLowerCase(), action.toLowerCase()))
    : list(statement.Action).some((pattern) => like(pattern.toLowerCase(), action.toLowerCase()))
  if (!actionMatches) return false
  return statement.NotResource
    ? !list(statement.NotResource).some((pattern) => like(pattern, resource))
    : list(statement.Resource).some((pattern) => like(pattern, resource))
}

type Test = (actual: string, expected: string) => boolean

const TESTS: Readonly<Record<string, Test>> = {
  StringEquals: (actual, expected) => actual === expected,
  StringNotEquals: (actual, expected) => actual !== expected,
  StringEqualsIgnoreCase: (actual, expected) => actual.toLowerCase() === expected.toLowerCase(),
  StringLike: (actual, expected) => like(expected, actual),
  StringNotLike: (actual, expected) => !like(expected, actual),
  ArnEquals: (actual, expected) => like(expected, actual),
  ArnLike: (actual, expected) => like(expected, actual),
  Bool: (actual, expected) => actual === String(expected),
}

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/

function assertSupported(statement: Json, role: string): void {
  for (const operator of Object.keys(statement.Condition ?? {})) {
    const [, , test] = OPERATOR.exec(operator) ?? []
    if (!test || !(test in TESTS))
      throw new Error(`role ${role} uses the condition operator ${operator}, which the local cloud does not evaluate`)
  }
}

/** All operators and all keys of a `Condition` block have to hold; several values of one key are alternatives. */
function conditionsHold(condition: Json, context: RequestContext): boolean {
  return Object.entries<Json>(condition ?? {}).every(([operator, keys]) => {
    const [, quantifier, test, ifExists] = OPERATOR.exec(operator)!
    const negated = test!.includes('Not')
    return Object.entries<Json>(keys).every(([key, expected]) => {
      const actual = context[key]
      if (!actual || actual.length === 0)
        return Boolean(ifExists) || quantifier === 'ForAllValues' || (negated && !quantifier)
      const holds = (value: string) => {
        const matches = (each: string) => TESTS[test!]!(value, each)
        return negated ? list(expected).every(matches) : list(expected).some(matches)
      }
      return quantifier === 'ForAnyValue' ? actual.some(holds) : actual.every(holds)
    })
  })
}

function list(value: Json): Json[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

const patterns = new Map<string, (text: string) => boolean>()

/** Whether text matches a pattern with `*` and `?`. */
function like(pattern: string, text: string): boolean {
  let matches = patterns.get(pattern)
  if (!matches) {
    matches = matcherOf(pattern)
    patterns.set(pattern, matches)
  }
  return matches(text)
}

/** Nearly all patterns are texts, or beginnings of texts. */
function matcherOf(pattern: string): (text: string) => boolean {
  const [plain] = pattern.split(/[*?]/, 1) as [string]
  if (plain === pattern) return (text) => text === pattern
  if (`${plain}*` === pattern) return (text) => text.startsWith(plain)
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const expression = new RegExp(`^${source}$`, 's')
  return (text) => expression.test(text)
}
