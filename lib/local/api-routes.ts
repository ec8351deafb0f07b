import { Ajv, type ValidateFunction } from 'ajv'

type Json = any

/** Who may call an operation: any token of the pools, or an access token with one of the scopes. */
export interface Authorizer {
  readonly userPoolArns: readonly string[]
  readonly scopes: readonly string[]
}

/** One deployed operation of a REST API, compiled at start. */
export interface Operation {
  readonly method: string
  /** The path as declared, e.g. `/lots/{lotId}`. */
  readonly resourcePath: string
  readonly functionArn: string
  readonly timeoutMs: number
  readonly authorizer: Authorizer | undefined
  readonly requiredParameters: readonly { in: string; name: string }[]
  /** Body validators by media type, compiled when first asked for; absent where nobody looks at the body. */
  readonly bodyValidators: ReadonlyMap<string, () => ValidateFunction>
  readonly bodyRequired: boolean
}

/** An operation found for a request, with the decoded values of its path parameters. */
export interface Match {
  readonly operation: Operation
  readonly pathParameters: Record<string, string>
}

interface Node {
  readonly fixed: Map<string, Node>
  parameter: { name: string; greedy: boolean; node: Node } | undefined
  readonly operations: Map<string, Operation>
}

/** What an OpenAPI body may tell API Gateway at its root. */
const EXTENSIONS = [
  'x-amazon-apigateway-binary-media-types',
  'x-amazon-apigateway-gateway-responses',
  'x-amazon-apigateway-minimum-compression-size',
  'x-amazon-apigateway-request-validator',
  'x-amazon-apigateway-request-validators',
]
const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'x-amazon-apigateway-any-method']
const LONGEST_INTEGRATION_MS = 29_000

/** Compiles an OpenAPI body as API Gateway imports it; what API Gateway or the local cloud would not do throws. */
export function compileRoutes(body: Json): {
  operations: Operation[]
  match(method: string, path: string): Match | undefined
} {
  if (body.security)
    throw new Error('API Gateway ignores root-level "security" of an OpenAPI body: declare it on each operation')
  const unknown = Object.keys(body).filter((key) => key.startsWith('x-amazon-') && !EXTENSIONS.includes(key))
  if (unknown.length > 0) throw new Error(`the local cloud does not implement ${unknown.join(', ')} of an API`)
  const ajv = new Ajv({
    strict: false,
    // JSON.parse reads 1e400 as Infinity, which is not a number of JSON.
    strictNumbers: true,
    validateFormats: false,
    validateSchema: false,
    ownProperties: true,
    logger: false,
  })
  assertReferences(body, body)
  ajv.addSchema(toJsonSchema(body) as object, 'api')
  const root = newNode()
  const operations: Operation[] = []
  for (const [path, item] of Object.entries<Json>(body.paths ?? {}))
    for (const method of METHODS) {
      if (!item[method]) continue
      try {
        const operation = compileOperation(body, ajv, path, method)
        insert(root, path, operation)
        operations.push(operation)
      } catch (error) {
        throw new Error(`${method.toUpperCase()} ${path}: ${(error as Error).message}`, { cause: error })
      }
    }
  return { operations, match: (method, path) => find(root, method, path.split('/').slice(1), 0, {}) }
}

function compileOperation(body: Json, ajv: Ajv, path: string, method: string): Operation {
  const item = body.paths[path]
  const operation = item[method]
  const validatorName =
    operation['x-amazon-apigateway-request-validator'] ?? body['x-amazon-apigateway-request-validator']
  const validator = validatorName && body['x-amazon-apigateway-request-validators']?.[validatorName]
  if (validatorName && !validator) throw new Error(`request validator "${validatorName}" is not declared`)
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve(body, one))
  const requestBody = resolve(body, operation.requestBody ?? {})
  return {
    method: method === 'x-amazon-apigateway-any-method' ? 'ANY' : method.toUpperCase(),
    resourcePath: path,
    ...integration(operation['x-amazon-apigateway-integration']),
    authorizer: authorizer(body, operation.security ?? []),
    requiredParameters: validator?.validateRequestParameters
      ? parameters.filter((one) => one.required).map((one) => ({ in: one.in, name: one.name }))
      : [],
    bodyValidators: validator?.validateRequestBody ? bodyValidators(ajv, path, method, operation) : new Map(),
    bodyRequired: requestBody.required === true,
  }
}

function integration(declared: Json): { functionArn: string; timeoutMs: number } {
  if (declared?.type?.toLowerCase() !== 'aws_proxy')
    throw new Error(`x-amazon-apigateway-integration type ${declared?.type} is not implemented (use aws_proxy)`)
  const functionArn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(String(declared.uri))?.[1]
  if (!functionArn) throw new Error(`integration uri ${JSON.stringify(declared.uri)} names no Lambda function`)
  return {
    functionArn,
    timeoutMs: Math.min(declared.timeoutInMillis ?? LONGEST_INTEGRATION_MS, LONGEST_INTEGRATION_MS),
  }
}

function authorizer(body: Json, security: Record<string, string[]>[]): Authorizer | undefined {
  const [requirement] = security
  if (!requirement) return undefined
  const [[name, scopes] = []] = Object.entries(requirement)
  if (security.length > 1 || Object.keys(requirement).length !== 1 || !name || !scopes)
    throw new Error('an operation of API Gateway has exactly one security requirement')
  const scheme = body.components?.securitySchemes?.[name]
  const declared = scheme?.['x-amazon-apigateway-authorizer']
  if (declared?.type !== 'cognito_user_pools' || scheme.name?.toLowerCase() !== 'authorization')
    throw new Error(`security scheme ${name} is not a cognito_user_pools authorizer on the header Authorization`)
  return { userPoolArns: declared.providerARNs ?? [], scopes }
}

function bodyValidators(ajv: Ajv, path: string, method: string, operation: Json): Operation['bodyValidators'] {
  const validators = new Map<string, () => ValidateFunction>()
  for (const [mediaType, media] of Object.entries<Json>(operation.requestBody?.content ?? {})) {
    if (!media.schema) continue
    const pointer = ['paths', path, method, 'requestBody', 'content', mediaType, 'schema']
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/')
    let compiled: ValidateFunction | undefined
    validators.set(mediaType.toLowerCase(), () => (compiled ??= ajv.compile({ $ref: `api#/${pointer}` })))
  }
  return validators
}

function resolve(body: Json, node: Json): Json {
  if (typeof node.$ref !== 'string') return node
  const parts = node.$ref.replace('#/', '').split('/')
  const target = parts.reduce((value: Json, part: string) => value?.[part], body)
  if (!target) throw new Error(`${node.$ref} is not in the OpenAPI body`)
  return target
}

/** Validators are compiled late; what they refer to has to be there from the start. */
function assertReferences(body: Json, node: unknown): void {
  if (typeof node !== 'object' || node === null) return
  resolve(body, node)
  for (const part of Object.values(node)) assertReferences(body, part)
}

/** OpenAPI 3.0 writes exclusive bounds as booleans beside the bound; JSON Schema writes them as numbers. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema)
  if (typeof node !== 'object' || node === null) return node
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, toJsonSchema(value)]))
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof copy[exclusive] !== 'boolean') continue
    if (copy[exclusive]) {
      copy[exclusive] = copy[bound]
      delete copy[bound]
    } else delete copy[exclusive]
  }
  return copy
}

function newNode(): Node {
  return { fixed: new Map(), parameter: undefined, operations: new Map() }
}

function insert(root: Node, path: string, operation: Operation): void {
  let node = root
  for (const segment of path.split('/').slice(1)) {
    const [, name, plus] = /^\{([^}+]+)(\+?)\}$/.exec(segment) ?? []
    if (!name) {
      if (!node.fixed.has(segment)) node.fixed.set(segment, newNode())
      node = node.fixed.get(segment)!
      continue
    }
    node.parameter ??= { name, greedy: plus === '+', node: newNode() }
    // API Gateway refuses sibling path parameters of different names, and so a deploy would fail.
    if (node.parameter.name !== name) throw new Error(`{${name}} has a sibling {${node.parameter.name}}`)
    node = node.parameter.node
  }
  node.operations.set(operation.method, operation)
}

function find(
  node: Node,
  method: string,
  segments: string[],
  at: number,
  values: Record<string, string>,
): Match | undefined {
  const segment = segments[at]
  if (segment === undefined) {
    const operation = node.operations.get(method) ?? node.operations.get('ANY')
    return operation && { operation, pathParameters: values }
  }
  const fixed = node.fixed.get(segment)
  const match = fixed && find(fixed, method, segments, at + 1, values)
  if (match || !node.parameter || segment === '') return match
  const { name, greedy, node: next } = node.parameter
  if (greedy) return find(next, method, [], 0, { ...values, [name]: decodeURIComponent(segments.slice(at).join('/')) })
  return find(next, method, segments, at + 1, { ...values, [name]: decodeURIComponent(segment) })
}
