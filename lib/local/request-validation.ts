import type { IncomingMessage } from 'node:http'
import type { Match } from './api-routes.ts'
import { GatewayError } from './gateway-response.ts'

/** Like API Gateway, looks only at whether a required parameter is there and not blank; its form is the handler's. */
export function checkParameters(
  { operation, pathParameters }: Match,
  request: IncomingMessage,
  query: URLSearchParams,
): void {
  const missing = operation.requiredParameters.filter((one) => {
    if (one.in === 'path') return !pathParameters[one.name]
    if (one.in === 'query') return !query.get(one.name)
    return one.in === 'header' && !request.headers[one.name.toLowerCase()]
  })
  if (missing.length === 0) return
  const message = `Missing required request parameters: [${missing.map((one) => one.name).join(', ')}]`
  throw new GatewayError('BAD_REQUEST_PARAMETERS', message)
}

/** A body of a media type that the operation does not declare passes unchecked, as in API Gateway. */
export function checkBody({ operation }: Match, request: IncomingMessage, bytes: Buffer): void {
  if (operation.bodyValidators.size === 0) return
  const mediaType = (request.headers['content-type'] ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase()
  const validate = operation.bodyValidators.get(mediaType)?.()
  if (!validate) return
  const invalid = (why: string) => new GatewayError('BAD_REQUEST_BODY', 'Invalid request body', `[${why}]`)
  if (bytes.length === 0) {
    if (operation.bodyRequired) throw invalid('the request body is missing')
    return
  }
  let body: unknown
  try {
    body = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw invalid('the request body is not JSON')
  }
  try {
    if (validate(body)) return
  } catch (error) {
    if (error instanceof RangeError) throw invalid('the request body is nested too deeply')
    throw error
  }
  const [error] = validate.errors!
  const extra = error!.params.additionalProperty ?? error!.params.allowedValues?.join(', ')
  throw invalid(`${error!.instancePath || 'body'} ${error!.message}${extra === undefined ? '' : `: ${extra}`}`)
}
