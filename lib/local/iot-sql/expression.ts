import { field, isFields, isList, type Value } from './value.ts'

/** Facts of the message that a rule looks at. */
export interface Message {
  /** For Basic Ingest without the `$aws/rules/<rule>/` prefix. */
  readonly topic: string
  readonly payload: Uint8Array
  /** MQTT client id; `clientid()` is `n/a` without one. */
  readonly clientId?: string
  /** Certificate id, or what else the sender authenticated with. */
  readonly principal?: string
  /** Arrival in milliseconds since 1970; now when left out. */
  readonly timestamp?: number
  readonly accountId?: string
  readonly sourceIp?: string
  readonly traceId?: string
}

/** What an expression can see while it is evaluated. */
export interface Scope {
  readonly message: Message
  readonly version: string
  /** The object whose fields names refer to: the payload, or the element of a nested query. */
  readonly row: Value
  /** Name by which a nested query calls its element. */
  readonly alias: string | undefined
  readonly variables: ReadonlyMap<string, Value>
}

/** A compiled expression; `label` names its column when there is no alias. */
export interface Expression {
  readonly label?: string
  evaluate(scope: Scope): Value
}

/** One item of a SELECT list: a path to write, or `*`. */
export interface Column {
  readonly path: readonly string[] | '*'
  readonly expression: Expression
}

/** SELECT list: columns, or a single VALUE. */
export type Projection = { readonly value: Expression } | { readonly columns: readonly Column[] }

export const PAYLOAD: Expression = { label: '*', evaluate: (scope) => scope.row }

/** The message's bytes, whatever they are, for `encode(*, ...)`. */
export const RAW_PAYLOAD: Expression = { evaluate: (scope) => scope.message.payload }

/** Makes the outgoing value of a SELECT list; columns that are Undefined are left out. */
export function project(projection: Projection, scope: Scope): Value {
  if ('value' in projection) return projection.value.evaluate(scope)
  const [first, ...rest] = projection.columns
  if (first?.path === '*' && rest.length === 0) return first.expression.evaluate(scope)
  const result: Record<string, Value> = {}
  for (const { path, expression } of projection.columns) {
    const value = expression.evaluate(scope)
    if (value === undefined) continue
    if (path !== '*') put(result, path, value)
    else if (isFields(value)) for (const [name, member] of Object.entries(value)) put(result, [name], member)
  }
  return result
}

function put(target: Record<string, Value>, [name, ...rest]: readonly string[], value: Value): void {
  let member = value
  if (rest.length > 0) {
    const existing = field(target, name!)
    const inner: Record<string, Value> = isFields(existing) ? { ...existing } : {}
    put(inner, rest, value)
    member = inner
  }
  // Plain assignment would change the prototype when a message names a field `__proto__`.
  Object.defineProperty(target, name!, { value: member, enumerable: true, writable: true, configurable: true })
}

/** A SELECT over a part of the message: an array gives a list of results, an object one result. */
export function nestedQuery(
  projection: Projection,
  from: Expression,
  alias: string | undefined,
  where: Expression | undefined,
): Expression {
  return {
    evaluate(scope) {
      const source = from.evaluate(scope)
      if (!isList(source) && !isFields(source)) return undefined
      const rows = isList(source) ? source : [source]
      const results = rows
        .map((row) => ({ ...scope, row, alias }))
        .filter((inner) => !where || where.evaluate(inner) === true)
        .map((inner) => project(projection, inner))
        .filter((result) => result !== undefined)
      return isList(source) ? results : results[0]
    },
  }
}
