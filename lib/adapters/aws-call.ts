import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { setting } from './setting.ts'
import { type Method, signed, type Target } from './signature.ts'

/** A service of AWS. */
export interface Service {
  /** Signing name, e.g. `dynamodb`. */
  readonly name: string
  /** Where it answers in the cloud; without one, at its name. */
  host?(region: string): string | Promise<string>
  /** How often a call is made where that may help; without it, four times. */
  readonly attempts?: number
  /** Milliseconds after which a call is given up. */
  readonly patience?: number
}

/** A service that speaks JSON: its operation is a header, its input the body. */
export interface JsonService extends Service {
  /** What stands before the operation in `X-Amz-Target`, e.g. `DynamoDB_20120810`. */
  readonly target: string
  readonly version: '1.0' | '1.1'
}

/** What is asked of a service; path and query are as they stand on the wire. */
export interface AwsRequest {
  readonly method: Method
  readonly path: string
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An error that a service answered with, under the service's own name of it, with its other members. */
export class AwsError extends Error {
  readonly status: number
  readonly details: Readonly<Record<string, any>>

  constructor(name: string, message: string, status: number, details: Readonly<Record<string, any>>) {
    super(message)
    this.name = name
    this.status = status
    this.details = details
  }
}

const firstWait = 50

/** Calls an operation of a service that speaks JSON. */
export async function call(service: JsonService, operation: string, input: unknown): Promise<any> {
  const headers = {
    'content-type': `application/x-amz-json-${service.version}`,
    'x-amz-target': `${service.target}.${operation}`,
  }
  const text = await ask(service, { method: 'POST', path: '/', headers, body: JSON.stringify(input) })
  return text === '' ? {} : JSON.parse(text)
}

/**
 * Asks a service, again where that may help, and gives the text of its answer. The SDK's own way to the wire is a stack
 * of steps for every service, protocol and kind of value: it takes five times the CPU of this one, which was most of
 * the CPU of a whole command, and half of the weight of a bundle.
 */
export async function ask(service: Service, request: AwsRequest): Promise<string> {
  const { attempts = 4 } = service
  for (let attempt = 1; ; attempt += 1)
    try {
      return await attemptTo(service, request)
    } catch (error) {
      if (attempt === attempts || !mayPass(error as Error)) throw error
      await pause(Math.random() * firstWait * 2 ** attempt)
    }
}

/** Domain of a region's services. */
export const domainOf = (region: string) => `${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`

/** The endpoint of everything that the environment names, as it does on a developer's machine. */
const namedEndpoint = ({ name }: Service) =>
  process.env[`AWS_ENDPOINT_URL_${name.toUpperCase()}`] ?? process.env.AWS_ENDPOINT_URL

async function attemptTo(service: Service, { method, path, query, headers, body }: AwsRequest): Promise<string> {
  const region = setting('AWS_REGION')
  const host = async () => `https://${(await service.host?.(region)) ?? `${service.name}.${domainOf(region)}`}`
  const url = new URL(namedEndpoint(service) ?? (await host()))
  const signer = {
    accessKeyId: setting('AWS_ACCESS_KEY_ID'),
    secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
    sessionToken: process.env.AWS_SESSION_TOKEN,
    ...{ region, service: service.name },
  }
  const target = { method, path, query }
  const all = signed({ host: url.host, ...headers }, body, signer, new Date(), target)
  const { status, text, fault } = await send(url, target, all, body, service.patience)
  if (status >= 200 && status < 300) return text
  throw errorOf(status, text, fault)
}

const connections = { keepAlive: true, maxSockets: 50 }
const agents = { plain: new HttpAgent(connections), secure: new Agent(connections) }

interface Answer {
  readonly status: number
  readonly text: string
  /** Name of the error, where the service says it in a header. */
  readonly fault: string | undefined
}

function send(url: URL, target: Target, headers: Record<string, string>, body: string, patience: number | undefined) {
  const isSecure = url.protocol === 'https:'
  const agent = isSecure ? agents.secure : agents.plain
  // The length keeps Node from chunking, which AWS does not take.
  const length = { 'content-length': Buffer.byteLength(body) }
  const options = {
    ...{ agent, host: url.hostname, port: url.port, method: target.method },
    path: target.query ? `${target.path}?${target.query}` : target.path,
    headers: { ...headers, ...length },
    ...(patience ? { signal: AbortSignal.timeout(patience) } : {}),
  }
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = (isSecure ? request : httpRequest)(options, (incoming) => {
      const { statusCode: status = 0, headers } = incoming
      const fault = headers['x-amzn-errortype'] as string | undefined
      textOf(incoming).then((text) => resolve({ status, text, fault }), reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function textOf(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => resolve((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString()))
    // An answer that is cut off in the middle ends so as well.
    incoming.on('error', reject)
  })
}

function errorOf(status: number, text: string, fault: string | undefined): AwsError {
  const { __type = fault ?? 'UnknownError', message, Message, ...details } = jsonOr(text)
  const name = String(__type).replace(/^.*#|:.*$/g, '')
  return new AwsError(name, message ?? Message ?? name, status, details)
}

/** Some services answer with XML, and a proxy on the way with anything. */
function jsonOr(text: string): Record<string, any> {
  try {
    return JSON.parse(text)
  } catch {
    const [, code] = /<Code>(\w+)<\/Code>/.exec(text) ?? []
    return { ...(code ? { __type: code } : {}), message: text.slice(0, 200) }
  }
}

const throttling: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ThrottlingException',
  'TransactionInProgressException',
])
const network: ReadonlySet<string> = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

const mayPass = (error: Error) =>
  error instanceof AwsError
    ? error.status >= 500 || error.status === 429 || throttling.has(error.name)
    : network.has((error as NodeJS.ErrnoException).code ?? '')
