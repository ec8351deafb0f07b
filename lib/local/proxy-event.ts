import { randomUUID } from 'node:crypto'
import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http'
import type { Match } from './api-routes.ts'
import { GatewayError } from './gateway-response.ts'

type Json = any

/** What `requestContext` of an event and `$context` of a template both show. */
export type RequestContext = Record<string, unknown> & { requestId: string; requestTimeEpoch: number }

const NOBODY = {
  accessKey: null,
  accountId: null,
  caller: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
}

/** Starts the context of one request; `resourcePath` and `authorizer` are added when they are known. */
export function requestContext(
  request: IncomingMessage,
  api: { id: string; stage: string; account: string },
): RequestContext {
  const now = new Date()
  const host = request.headers.host ?? 'localhost'
  return {
    accountId: api.account,
    apiId: api.id,
    domainName: host,
    domainPrefix: host.split(/[.:]/)[0],
    extendedRequestId: Buffer.from(randomUUID().slice(0, 15)).toString('base64'),
    httpMethod: request.method,
    identity: {
      ...NOBODY,
      sourceIp: request.socket.remoteAddress ?? '',
      userAgent: request.headers['user-agent'] ?? null,
    },
    path: (request.url ?? '/').split('?', 1)[0],
    protocol: `HTTP/${request.httpVersion}`,
    requestId: randomUUID(),
    requestTime: clfTime(now),
    requestTimeEpoch: now.getTime(),
    stage: api.stage,
  }
}

/** `22/Nov/2026:19:40:05 +0000`, the form of `$context.requestTime`. */
function clfTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString())!
  return `${day}/${month}/${year}:${clock} +0000`
}

/** Flattens claims as the Cognito authorizer does: every value is a text, lists are joined by commas. */
export function flattenClaims(claims: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).map(([name, value]) => {
      if (name === 'exp' || name === 'iat') return [name, javaDate(Number(value))]
      return [name, Array.isArray(value) ? value.join(',') : String(value)]
    }),
  )
}

/** `Sun Nov 22 19:40:05 UTC 2026`: API Gateway passes `exp` and `iat` in this form. */
function javaDate(seconds: number): string {
  const [, weekday, day, month, year, clock] = /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(
    new Date(seconds * 1000).toUTCString(),
  )!
  return `${weekday} ${month} ${day} ${clock} UTC ${year}`
}

/** Builds the event of the Lambda proxy integration, payload format 1.0. */
export function proxyEvent(
  request: IncomingMessage,
  match: Match,
  context: RequestContext,
  path: string,
  query: URLSearchParams,
  body: { readonly bytes: Buffer; readonly binary: boolean },
): Record<string, unknown> {
  const multiHeaders = multiValueHeaders(request.rawHeaders)
  const names = [...new Set(query.keys())]
  return {
    resource: match.operation.resourcePath,
    path,
    httpMethod: request.method,
    headers: lastValues(multiHeaders),
    multiValueHeaders: multiHeaders,
    queryStringParameters: names.length === 0 ? null : entries(names, (name) => query.getAll(name).at(-1)),
    multiValueQueryStringParameters: names.length === 0 ? null : entries(names, (name) => query.getAll(name)),
    pathParameters: Object.keys(match.pathParameters).length === 0 ? null : match.pathParameters,
    stageVariables: null,
    requestContext: context,
    body: body.bytes.length === 0 ? null : body.bytes.toString(body.binary ? 'base64' : 'utf8'),
    isBase64Encoded: body.binary && body.bytes.length > 0,
  }
}

/** Entries become own properties, also one called `__proto__`. */
function entries<T>(names: readonly string[], value: (name: string) => T): Record<string, T> {
  return Object.fromEntries(names.map((name) => [name, value(name)]))
}

function multiValueHeaders(raw: readonly string[]): Record<string, string[]> {
  const headers = new Map<string, string[]>()
  for (let index = 0; index < raw.length; index += 2) {
    const values = headers.get(raw[index]!)
    if (values) values.push(raw[index + 1]!)
    else headers.set(raw[index]!, [raw[index + 1]!])
  }
  return Object.fromEntries(headers)
}

function lastValues(headers: Readonly<Record<string, string[]>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.at(-1)!]))
}

/** A Lambda proxy result as an HTTP answer. */
interface ProxyAnswer {
  readonly status: number
  readonly headers: Record<string, string | string[]>
  readonly body: string
  readonly isBase64Encoded: boolean
}

const RESULT_FIELDS = ['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']
/** API Gateway keeps these for itself and passes the function's value under another name. */
const REMAPPED = new Set(['connection', 'content-length', 'date', 'server', 'transfer-encoding', 'www-authenticate'])

/** Reads a Lambda proxy result; a malformed one throws the 502 that API Gateway answers. */
export function proxyAnswer(result: unknown): ProxyAnswer {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) throw malformed('it is not an object')
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = result as Record<string, Json>
  const unknown = Object.keys(result).filter((field) => !RESULT_FIELDS.includes(field))
  if (unknown.length > 0) throw malformed(`unknown field ${unknown.join(', ')}`)
  const status = Number(statusCode)
  if (!Number.isInteger(status) || status < 200 || status > 599) throw malformed(`statusCode ${statusCode}`)
  if (body !== undefined && body !== null && typeof body !== 'string') throw malformed(`body is ${typeof body}`)
  return {
    status,
    headers: answerHeaders(headers, multiValueHeaders),
    body: body ?? '',
    isBase64Encoded: isBase64Encoded === true,
  }
}

function answerHeaders(headers: Json, multiValueHeaders: Json): Record<string, string | string[]> {
  const answer: Record<string, string | string[]> = { 'content-type': 'application/json' }
  for (const [name, value] of [
    ...Object.entries<Json>(headers ?? {}),
    ...Object.entries<Json>(multiValueHeaders ?? {}),
  ]) {
    const key = REMAPPED.has(name.toLowerCase()) ? `x-amzn-remapped-${name.toLowerCase()}` : name.toLowerCase()
    const values = (Array.isArray(value) ? value : [value]).map(String)
    try {
      validateHeaderName(key)
      for (const one of values) validateHeaderValue(key, one)
    } catch {
      throw malformed(`header ${JSON.stringify(name)} is not valid`)
    }
    answer[key] = Array.isArray(value) ? values : values[0]!
  }
  return answer
}

function malformed(why: string): GatewayError {
  return new GatewayError('DEFAULT_5XX', 'Internal server error', `malformed proxy result: ${why}`)
}
