/** Who is connected, as policy variables and conditions see it. */
export interface Connection {
  readonly clientId: string
  /** The registry's thing of that name, where the certificate is attached to it. */
  readonly thing:
    | { readonly name: string; readonly typeName?: string; readonly attributes: Readonly<Record<string, string>> }
    | undefined
}

/** What a device may need: the IAM-style action and the ARN of a client, topic or topic filter. */
export interface DeviceRequest {
  readonly action: 'iot:Connect' | 'iot:Publish' | 'iot:RetainPublish' | 'iot:Subscribe' | 'iot:Receive'
  readonly resource: string
}

/** A compiled AWS::IoT::Policy document. */
export type IotPolicy = (request: DeviceRequest, connection: Connection) => 'allow' | 'deny' | undefined

interface Statement {
  Effect: 'Allow' | 'Deny'
  Action: string | string[]
  Resource: string | string[]
  Condition?: Record<string, Record<string, string | string[]>>
}

const OPERATORS = ['Bool', 'StringEquals', 'StringNotEquals', 'StringLike']

/** Compiles a device policy; a policy element or variable that the local cloud does not know throws. */
export function compileIotPolicy(name: string, document: { Statement: Statement | Statement[] }): IotPolicy {
  const statements = listOf(document.Statement).map((statement) => {
    const unknown = Object.keys(statement).filter(
      (key) => !['Sid', 'Effect', 'Action', 'Resource', 'Condition'].includes(key),
    )
    if (unknown.length > 0) throw new Error(`IoT policy ${name}: ${unknown.join(', ')} is not implemented`)
    return compileStatement(name, statement)
  })
  return (request, connection) => {
    const effects = statements.filter((one) => one.applies(request, connection)).map((one) => one.effect)
    if (effects.includes('Deny')) return 'deny'
    return effects.length > 0 ? 'allow' : undefined
  }
}

/** Whether the policies of a certificate together allow a request: one allows it and none denies it. */
export function allows(policies: readonly IotPolicy[], request: DeviceRequest, connection: Connection): boolean {
  const decisions = policies.map((policy) => policy(request, connection))
  return decisions.includes('allow') && !decisions.includes('deny')
}

function compileStatement(name: string, statement: Statement) {
  const actions = listOf(statement.Action).map(compilePattern)
  const resources = listOf(statement.Resource).map(compilePattern)
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, tests]) => {
    if (!OPERATORS.includes(operator)) throw new Error(`IoT policy ${name}: condition ${operator} is not implemented`)
    return Object.entries(tests).map(([variable, wanted]) => {
      variableOf(variable, { clientId: '', thing: undefined })
      return { operator, variable, wanted: listOf(wanted).map(compilePattern) }
    })
  })
  return {
    effect: statement.Effect,
    applies: (request: DeviceRequest, connection: Connection) =>
      actions.some((action) => action(request.action, connection)) &&
      resources.some((resource) => resource(request.resource, connection)) &&
      conditions.every(({ operator, variable, wanted }) => {
        const value = variableOf(variable, connection)
        const found = value !== undefined && wanted.some((pattern) => pattern(value, connection))
        return operator === 'StringNotEquals' ? !found : found
      }),
  }
}

type Pattern = (text: string, connection: Connection) => boolean

/** `*` and `?` are wildcards only where the policy has them: never in the value of a variable. */
function compilePattern(pattern: string): Pattern {
  const parts = pattern.split(/\$\{([^}]*)\}/)
  for (let index = 1; index < parts.length; index += 2) variableOf(parts[index]!, { clientId: '', thing: undefined })
  const made = new WeakMap<Connection, RegExp | 'unresolved'>()
  return (text, connection) => {
    let expression = made.get(connection)
    if (!expression) {
      expression = toRegExp(parts, connection)
      made.set(connection, expression)
    }
    return expression !== 'unresolved' && expression.test(text)
  }
}

function toRegExp(parts: readonly string[], connection: Connection): RegExp | 'unresolved' {
  const sources = parts.map((part, index) => {
    if (index % 2 === 0) return literal(part).replaceAll('\\*', '.*').replaceAll('\\?', '.')
    const value = variableOf(part, connection)
    return value === undefined ? undefined : literal(value)
  })
  return sources.includes(undefined) ? 'unresolved' : new RegExp(`^${sources.join('')}$`, 's')
}

/** The value of a policy variable; undefined makes its statement not apply, as in AWS. */
function variableOf(variable: string, { clientId, thing }: Connection): string | undefined {
  const [, attribute] = /^iot:Connection\.Thing\.Attributes\[([^\]]+)\]$/.exec(variable) ?? []
  if (attribute) return thing?.attributes[attribute]
  switch (variable) {
    case 'iot:ClientId':
      return clientId
    case 'iot:Connection.Thing.ThingName':
      return thing?.name
    case 'iot:Connection.Thing.ThingTypeName':
      return thing?.typeName
    case 'iot:Connection.Thing.IsAttached':
      return String(thing !== undefined)
    default:
      throw new Error(`IoT policy variable ${variable} is not implemented by the local cloud`)
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

function listOf<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value]
}
