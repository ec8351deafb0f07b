import type { IncomingMessage, ServerResponse } from 'node:http'
import { compileRoutes, type Match } from './api-routes.ts'
import type { Cloud, Resource } from './cloud.ts'
import { openAuthorizer } from './cognito-authorizer.ts'
import { compileGatewayResponses, compileTemplate, errorContext, GatewayError } from './gateway-response.ts'
import { requireInvokePermissions } from './invoke-permission.ts'
import { type Answer, compressed, readPayload } from './payload.ts'
import { proxyAnswer, proxyEvent, type RequestContext, requestContext } from './proxy-event.ts'
import { checkBody, checkParameters } from './request-validation.ts'
import { TokenBucket } from './token-bucket.ts'

const LARGEST_LAMBDA_EVENT = 6 * 1024 * 1024

/** A deployed stage of a REST API: it answers every request. */
export interface RestApi {
  readonly stage: string
  /** The OpenAPI document that the template deploys. */
  readonly document: Readonly<Record<string, unknown>>
  readonly routeCount: number
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** Opens one AWS::ApiGateway::Stage with its API; `writeAccessLog` gets each line of the stage's log format. */
export async function openRestApi(
  cloud: Cloud,
  stage: Resource,
  writeAccessLog: (line: string) => void,
): Promise<RestApi> {
  const api = cloud.find(stage.properties.RestApiId)
  const document = api.properties.Body
  if (!document?.paths) throw new Error(`${api.stack}/${api.logicalId} has no Body with paths; only SpecRestApi works`)
  const routes = compileRoutes(document)
  const gatewayResponse = compileGatewayResponses(document['x-amazon-apigateway-gateway-responses'] ?? {})
  const accessLine = stage.properties.AccessLogSetting && compileTemplate(stage.properties.AccessLogSetting.Format)
  const authorize = await openAuthorizer(cloud, routes.operations)
  const throttle = throttleOf(stage)
  const isBinary = mediaTypeMatcher([
    ...(document['x-amazon-apigateway-binary-media-types'] ?? []),
    ...(api.properties.BinaryMediaTypes ?? []),
  ])
  const compressFrom = document['x-amazon-apigateway-minimum-compression-size'] as number | undefined
  const name = String(stage.properties.StageName)
  requireInvokePermissions(cloud, { id: api.ref, stage: name }, routes.operations)

  async function integrate(request: IncomingMessage, context: RequestContext): Promise<Answer> {
    const url = splitUrl(request.url ?? '/', name)
    const match = findRoute(routes.match, request.method ?? 'GET', url.path)
    context.resourcePath = match.operation.resourcePath
    throttle(match)
    if (match.operation.authorizer) context.authorizer = { claims: await authorize(request, match) }
    const bytes = await readPayload(request, compressFrom !== undefined)
    checkParameters(match, request, url.query)
    checkBody(match, request, bytes)
    const body = { bytes, binary: isBinary(request.headers['content-type']) }
    const event = proxyEvent(request, match, context, url.path, url.query, body)
    const startedAt = performance.now()
    const result = proxyAnswer(await invoke(cloud, match, event))
    context.integrationLatency = Math.round(performance.now() - startedAt)
    const decode = result.isBase64Encoded && isBinary(request.headers.accept?.split(',')[0])
    return { ...result, body: decode ? Buffer.from(result.body, 'base64') : result.body }
  }

  return {
    stage: name,
    document,
    routeCount: routes.operations.length,
    async answer(request, response) {
      const context = requestContext(request, { id: api.ref, stage: name, account: cloud.account })
      const answer = await integrate(request, context).catch((error: unknown) => {
        const refusal = asGatewayError(error)
        if (refusal.type === 'DEFAULT_5XX')
          cloud.log('api-gateway', `${request.method} ${request.url}: ${refusal.validationError ?? refusal.message}`)
        context.error = errorContext(refusal)
        return gatewayResponse(refusal, context)
      })
      const status = send(request, response, await compressed(answer, request, compressFrom), context)
      if (!accessLine) return
      context.status = status
      context.responseLength = Buffer.byteLength(answer.body)
      context.responseLatency = Date.now() - context.requestTimeEpoch
      writeAccessLog(accessLine(context))
    },
  }
}

function splitUrl(url: string, stage: string): { path: string; query: URLSearchParams } {
  const question = url.indexOf('?')
  const path = (question < 0 ? url : url.slice(0, question)).slice(stage.length + 1)
  return { path: path || '/', query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)) }
}

function findRoute(match: (method: string, path: string) => Match | undefined, method: string, path: string): Match {
  let found: Match | undefined
  try {
    found = match(method, path)
  } catch (error) {
    if (error instanceof URIError) throw new GatewayError('DEFAULT_4XX', 'Bad Request')
    throw error
  }
  // The wording is API Gateway's own, for every route that does not exist.
  if (!found) throw new GatewayError('MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token')
  return found
}

interface MethodSetting {
  readonly HttpMethod: string
  readonly ResourcePath: string
  readonly ThrottlingRateLimit?: number
  readonly ThrottlingBurstLimit?: number
}

/** Each method of a stage has its own bucket, filled as the most specific method setting says. */
function throttleOf(stage: Resource): (match: Match) => void {
  const settings: MethodSetting[] = stage.properties.MethodSettings ?? []
  const buckets = new Map<string, TokenBucket | undefined>()
  const settingFor = (path: string, method: string) =>
    settings.find(
      (one) =>
        one.ResourcePath === (path === '/' ? '/' : `/${path.replaceAll('/', '~1')}`) && one.HttpMethod === method,
    ) ?? settings.find((one) => one.ResourcePath === '/*' && one.HttpMethod === '*')
  return ({ operation }) => {
    const key = `${operation.method} ${operation.resourcePath}`
    if (!buckets.has(key)) {
      const { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst } =
        settingFor(operation.resourcePath, operation.method) ?? {}
      buckets.set(key, rate === undefined ? undefined : new TokenBucket(rate, burst ?? rate, Date.now()))
    }
    if (buckets.get(key)?.take(Date.now()) === false) throw new GatewayError('THROTTLED', 'Too Many Requests')
  }
}

async function invoke(cloud: Cloud, { operation }: Match, event: Record<string, unknown>): Promise<unknown> {
  const body = event.body as string | null
  if (body && body.length > LARGEST_LAMBDA_EVENT / 6 && JSON.stringify(event).length > LARGEST_LAMBDA_EVENT)
    throw new GatewayError('REQUEST_TOO_LARGE', 'Request Too Long')
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    const late = () => reject(new GatewayError('INTEGRATION_TIMEOUT', 'Endpoint request timed out'))
    timer = setTimeout(late, operation.timeoutMs)
  })
  try {
    return await Promise.race([cloud.invoke(operation.functionArn, event), timeout])
  } finally {
    clearTimeout(timer)
  }
}

function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  const why = error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error)
  return new GatewayError('DEFAULT_5XX', 'Internal server error', why)
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer, context: RequestContext): number {
  if (response.destroyed) return 0
  response.setHeader('x-amzn-requestid', context.requestId)
  response.setHeader('x-amz-apigw-id', String(context.extendedRequestId))
  // An unread rest of the body would be taken for the next request of this connection.
  if (!request.complete) response.setHeader('connection', 'close')
  // With its length known Node need not chunk the answer; 204 and 304 have neither body nor length.
  const bodiless = answer.status === 204 || answer.status === 304
  if (!bodiless) response.setHeader('content-length', Buffer.byteLength(answer.body))
  response.writeHead(answer.status, answer.headers).end(bodiless ? undefined : answer.body)
  return answer.status
}

function mediaTypeMatcher(types: readonly string[]): (header: string | undefined) => boolean {
  return (header) => {
    const [mediaType = ''] = (header ?? '').toLowerCase().split(/\s*;/)
    return types.some((type) => type === '*/*' || type === mediaType || type === mediaType.replace(/\/.*/, '/*'))
  }
}
