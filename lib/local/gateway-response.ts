/** The kinds of error answer that API Gateway makes itself and a template may override, with AWS's default status. */
const STATUS = {
  BAD_REQUEST_BODY: 400,
  BAD_REQUEST_PARAMETERS: 400,
  DEFAULT_4XX: 400,
  UNAUTHORIZED: 401,
  ACCESS_DENIED: 403,
  MISSING_AUTHENTICATION_TOKEN: 403,
  RESOURCE_NOT_FOUND: 404,
  REQUEST_TOO_LARGE: 413,
  THROTTLED: 429,
  API_CONFIGURATION_ERROR: 500,
  DEFAULT_5XX: 502,
  INTEGRATION_FAILURE: 504,
  INTEGRATION_TIMEOUT: 504,
} as const

/** One of API Gateway's gateway response types. */
type ResponseType = keyof typeof STATUS

/** An error that the gateway answers itself, before or instead of the integration. */
export class GatewayError extends Error {
  readonly type: ResponseType
  readonly validationError: string | undefined

  constructor(type: ResponseType, message: string, validationError?: string) {
    super(message)
    this.type = type
    this.validationError = validationError
  }
}

/** What `$context.error` shows of an error. */
export function errorContext(error: GatewayError): Record<string, string | undefined> {
  const { type, message, validationError } = error
  return { message, messageString: message, responseType: type, validationErrorString: validationError }
}

/** A rendered gateway response. */
interface GatewayAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

interface Declared {
  statusCode?: string | number
  responseParameters?: Record<string, string>
  responseTemplates?: Record<string, string>
}

/** A compiled `$context.…` template, as access log formats and gateway responses use it. */
type Template = (context: Readonly<Record<string, unknown>>) => string

const VARIABLE = /\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_:-]+)*)/

/** Compiles a template once; a value is escaped for JSON, and one that is missing becomes `-` as in AWS. */
export function compileTemplate(text: string): Template {
  const parts = text.split(VARIABLE).map((part, index) => (index % 2 === 1 ? part.split('.') : part))
  return (context) => parts.map((part) => (typeof part === 'string' ? part : valueAt(part, context))).join('')
}

function valueAt(path: readonly string[], context: Readonly<Record<string, unknown>>): string {
  let value: unknown = context
  for (const key of path)
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
  if (value === undefined || value === null) return '-'
  if (path.at(-1) === 'messageString') return JSON.stringify(value)
  return JSON.stringify(String(value)).slice(1, -1)
}

/** Compiles the `x-amazon-apigateway-gateway-responses` of an API: from an error, and a context that shows it, to the answer. */
export function compileGatewayResponses(
  declared: Readonly<Record<string, Declared>>,
): (error: GatewayError, context: Readonly<Record<string, unknown>>) => GatewayAnswer {
  for (const type of Object.keys(declared))
    if (!(type in STATUS)) throw new Error(`gateway response ${type} is not implemented by the local cloud`)
  const compiled = new Map<ResponseType, ReturnType<typeof compileResponse>>()
  for (const type of Object.keys(STATUS) as ResponseType[]) {
    const family = STATUS[type] < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'
    compiled.set(type, compileResponse(declared[type] ?? declared[family] ?? {}, STATUS[type]))
  }
  return (error, context) => compiled.get(error.type)!(context)
}

function compileResponse(declared: Declared, defaultStatus: number) {
  const [contentType, text] = preferredTemplate(declared.responseTemplates ?? {})
  const body = compileTemplate(text)
  const headers = Object.entries(declared.responseParameters ?? {}).map(([target, source]) => ({
    name: target.replace(/^gatewayresponse\.header\./i, '').toLowerCase(),
    value: compileTemplate(headerSource(target, source)),
  }))
  const status = Number(declared.statusCode ?? defaultStatus)
  return (context: Readonly<Record<string, unknown>>): GatewayAnswer => ({
    status,
    headers: {
      'content-type': contentType,
      ...Object.fromEntries(headers.map((header) => [header.name, header.value(context)])),
    },
    body: body(context),
  })
}

function preferredTemplate(templates: Record<string, string>): [contentType: string, text: string] {
  const [first] = Object.entries(templates)
  const json = templates['application/json']
  if (json !== undefined) return ['application/json', json]
  return first ?? ['application/json', '{"message":$context.error.messageString}']
}

function headerSource(target: string, source: string): string {
  if (/^'.*'$/.test(source)) return source.slice(1, -1)
  if (/^context\./.test(source)) return `$${source}`
  throw new Error(`gateway response parameter ${target}: ${source} is not implemented (use 'text' or context.…)`)
}
