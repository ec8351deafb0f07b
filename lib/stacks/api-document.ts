import { kitRefusals, type RefusalText, statusOf } from '../kit/errors.ts'

type Json = Record<string, any>

interface Deployed {
  /** ARN of the user pool whose tokens count. */
  readonly userPoolArn: string
  /** Where the whole published document can be read. */
  readonly documentUrl: string
  /** Integration URI of a function by its name, `area/verb-noun`. */
  integrationUri(name: string): string
}

/** Bytes from which answers are compressed for clients that accept it. */
const compressFrom = 1024

/**
 * The published OpenAPI document with what API Gateway needs to run it (integrations, authorizer, validation, errors),
 * and without what it only shows: a template holds a megabyte.
 */
export function deployable(document: Json, deployed: Deployed): Json {
  return {
    ...document,
    externalDocs: { description: 'The whole document', url: deployed.documentUrl },
    paths: eachOperation(asGatewayReads(document.paths), (operation) => ({
      ...withoutWords(operation),
      'x-amazon-apigateway-integration': {
        type: 'aws_proxy',
        httpMethod: 'POST',
        uri: deployed.integrationUri(operation['x-lotline-function']),
        passthroughBehavior: 'when_no_match',
      },
    })),
    components: { securitySchemes: { token: authorizer(deployed.userPoolArn) } },
    'x-amazon-apigateway-request-validators': { all: { validateRequestBody: true, validateRequestParameters: true } },
    'x-amazon-apigateway-request-validator': 'all',
    'x-amazon-apigateway-gateway-responses': gatewayResponses(),
    'x-amazon-apigateway-binary-media-types': ['application/pdf'],
    'x-amazon-apigateway-minimum-compression-size': compressFrom,
  }
}

/** What runs of an operation: answers and examples are for readers of the whole document. */
function withoutWords({ summary: _, description: __, tags: ___, requestBody, ...operation }: Json): Json {
  const media = Object.entries<Json>(requestBody?.content ?? {}).map(([type, { schema }]) => [type, { schema }])
  return {
    ...operation,
    ...(requestBody ? { requestBody: { ...requestBody, content: Object.fromEntries(media) } } : {}),
    responses: { default: { description: 'See the whole document.' } },
  }
}

/**
 * API Gateway's validator has ECMAScript 3 patterns: there `\p` is just "p", and `[^\p{Cc}]` refuses every text with a
 * "p" or a "c". Such patterns are left to the functions, which check everything again.
 */
function asGatewayReads(node: any): any {
  if (Array.isArray(node)) return node.map(asGatewayReads)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).filter(([name, value]) => name !== 'pattern' || !/\\[pP]\{/.test(String(value)))
  return Object.fromEntries(entries.map(([name, value]) => [name, asGatewayReads(value)]))
}

/** Operations of the document: method, path and the function that answers. */
export function operationsOf(document: Json): { method: string; path: string; name: string }[] {
  return Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item).map(([method, operation]) => ({ method, path, name: operation['x-lotline-function'] })),
  )
}

/** Operations that need no token, as the settings of a stage name them: `/path/METHOD`. */
export const openOperationsOf = (document: Json): string[] =>
  Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.entries<Json>(item)
      .filter(([, { security }]) => security?.length === 0)
      .map(([method]) => `${path}/${method.toUpperCase()}`),
  )

const eachOperation = (paths: Json, change: (operation: Json) => Json): Json =>
  Object.fromEntries(
    Object.entries<Json>(paths).map(([path, item]) => [
      path,
      Object.fromEntries(Object.entries<Json>(item).map(([method, operation]) => [method, change(operation)])),
    ]),
  )

const authorizer = (userPoolArn: string): Json => ({
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  description: 'ID token of the user pool: "Bearer <token>".',
  'x-amazon-apigateway-authtype': 'cognito_user_pools',
  'x-amazon-apigateway-authorizer': { type: 'cognito_user_pools', providerARNs: [userPoolArn] },
})

/** What API Gateway refuses by itself, in the one error shape (RFC 9457) that `lib/kit/errors.ts` gives everywhere. */
function gatewayResponses(): Json {
  const invalid = { errors: [{ field: '(request)', rule: '$context.error.validationErrorString' }] }
  return {
    BAD_REQUEST_BODY: problemResponse('input-invalid', kitRefusals['input-invalid'], invalid),
    BAD_REQUEST_PARAMETERS: problemResponse('input-invalid', kitRefusals['input-invalid'], {
      errors: [{ field: '(parameters)', rule: '$context.error.message' }],
    }),
    UNAUTHORIZED: problemResponse('token-missing', kitRefusals['token-missing']),
    ACCESS_DENIED: problemResponse('token-missing', kitRefusals['token-missing']),
    MISSING_AUTHENTICATION_TOKEN: problemResponse('route-unknown', kitRefusals['route-unknown']),
    RESOURCE_NOT_FOUND: problemResponse('route-unknown', kitRefusals['route-unknown']),
    REQUEST_TOO_LARGE: problemResponse('request-too-large', tooLarge, {}, 413),
    THROTTLED: problemResponse('throttled', throttled),
    INTEGRATION_TIMEOUT: problemResponse('fault', kitRefusals.fault, {}, 504),
    DEFAULT_4XX: problemResponse('input-invalid', kitRefusals['input-invalid'], {
      errors: [{ field: '(request)', rule: '$context.error.message' }],
    }),
    DEFAULT_5XX: problemResponse('fault', kitRefusals.fault),
  }
}

const tooLarge = { kind: 'invalid', en: 'The request is larger than the API takes. Split its lists.' } as const
const throttled = { kind: 'throttled', en: 'Too many requests at once. Wait a second, then send it again.' } as const

function problemResponse(
  code: string,
  { kind, en }: Pick<RefusalText, 'kind' | 'en'>,
  members: Json = {},
  status: number = statusOf[kind],
): Json {
  const problem = {
    type: `urn:lotline:problem:${code}`,
    title: code.replaceAll('-', ' '),
    status,
    detail: en.replaceAll('{requestId}', '$context.requestId'),
    code,
    details: {},
    requestId: '$context.requestId',
    ...members,
  }
  return {
    statusCode: String(status),
    responseParameters: { 'gatewayresponse.header.Content-Type': "'application/problem+json'" },
    responseTemplates: { 'application/json': JSON.stringify(problem) },
  }
}
