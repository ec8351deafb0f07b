/** Untyped JSON of a template or of the wire; its shape is checked where it is used. */
export type Json = any

/** What intrinsic functions refer to. Each lookup throws an error that names what is missing. */
export interface Scope {
  ref(logicalId: string): unknown
  attribute(logicalId: string, name: string): unknown
  condition(name: string): boolean
  mapping(map: string, first: string, second: string): unknown
  imported(exportName: string): unknown
}

/** Marks a value that `AWS::NoValue` removes. */
export const NO_VALUE = Symbol('AWS::NoValue')

type Intrinsic = (argument: Json, scope: Scope) => unknown

const FUNCTIONS: Readonly<Record<string, Intrinsic>> = {
  Ref: (id, scope) => scope.ref(id),
  'Fn::GetAtt': (argument, scope) => {
    const [id, ...path] = typeof argument === 'string' ? argument.split('.') : argument
    return scope.attribute(id, String(resolve(path.length === 1 ? path[0] : path.join('.'), scope)))
  },
  'Fn::Join': ([separator, parts], scope) => (resolve(parts, scope) as unknown[]).join(separator),
  'Fn::Split': ([separator, text], scope) => String(resolve(text, scope)).split(separator),
  'Fn::Select': ([index, list], scope) => (resolve(list, scope) as unknown[])[Number(resolve(index, scope))],
  'Fn::Sub': (argument, scope) => substitute(argument, scope),
  'Fn::Base64': (text, scope) => Buffer.from(String(resolve(text, scope))).toString('base64'),
  'Fn::ToJsonString': (value, scope) => JSON.stringify(resolve(value, scope)),
  'Fn::Length': (list, scope) => (resolve(list, scope) as unknown[]).length,
  'Fn::If': ([name, yes, no], scope) => resolve(scope.condition(name) ? yes : no, scope),
  'Fn::Equals': ([left, right], scope) =>
    JSON.stringify(resolve(left, scope)) === JSON.stringify(resolve(right, scope)),
  'Fn::And': (list: Json[], scope) => list.every((each) => resolve(each, scope) === true),
  'Fn::Or': (list: Json[], scope) => list.some((each) => resolve(each, scope) === true),
  'Fn::Not': ([value], scope) => resolve(value, scope) !== true,
  Condition: (name, scope) => scope.condition(name),
  'Fn::FindInMap': ([map, first, second], scope) =>
    scope.mapping(...([map, first, second].map((each) => String(resolve(each, scope))) as [string, string, string])),
  'Fn::ImportValue': (name, scope) => scope.imported(String(resolve(name, scope))),
}

/** Replaces every intrinsic function inside a template value; an unknown function throws with its name. */
export function resolve(value: Json, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, scope)).filter((each) => each !== NO_VALUE)
  if (typeof value !== 'object' || value === null) return value
  const keys = Object.keys(value)
  const name = keys[0]
  if (keys.length === 1 && name !== undefined) {
    // A policy statement's own `Condition` holds an object, the intrinsic one a condition's name.
    const known = name === 'Condition' && typeof value[name] !== 'string' ? undefined : FUNCTIONS[name]
    if (known) return known(value[name], scope)
    if (name.startsWith('Fn::')) throw new Error(`${name} is not an intrinsic function that the local cloud resolves`)
  }
  const resolved: [string, unknown][] = []
  for (const key of keys) {
    const each = resolve(value[key], scope)
    if (each !== NO_VALUE) resolved.push([key, each])
  }
  return Object.fromEntries(resolved)
}

function substitute(argument: string | [string, Record<string, Json>], scope: Scope): string {
  const [text, variables] = typeof argument === 'string' ? [argument, {}] : argument
  return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal) return `\${${name}}`
    if (Object.hasOwn(variables, name)) return String(resolve(variables[name], scope))
    const [id, ...path] = name.split('.')
    return String(path.length === 0 ? scope.ref(name) : scope.attribute(id!, path.join('.')))
  })
}
