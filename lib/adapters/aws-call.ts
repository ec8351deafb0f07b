import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { setting } from './setting.ts'
import { type Signer, signed } from './signature.ts'

/** A service of AWS that speaks JSON: its operation is a header, its input the body. */
export interface JsonService {
  /** Signing name, e.g. `dynamodb`. */
  readonly name: string
  /** What stands before the operation in `X-Amz-Target`, e.g. `DynamoDB_20120810`. */
  readonly target: string
  readonly version: '1.0' | '1.1'
  /** Where it answers in the cloud; without one, at its name. */
  host?(region: string): string | Promise<string>
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

const attempts = 4
const firstWait = 50

/** A service of AWS whose operations are paths, which take and give JSON. */
export interface RestService {
  /** Signing name, e.g. `ses`. */
  readonly name: string
  /** What stands before the region in its host, e.g. `email`. */
  readonly host: string
}

/** Milliseconds without a byte after which nobody waits for an answer any more. */
const silence = 10_000

/** Makes one call with POST, never a second time: what it asks for may have happened although no answer came. */
export async function callOnce({ name, host }: RestService, path: string, input: unknown): Promise<any> {
  const region = setting('AWS_REGION')
  const url = new URL(path, namedEndpoint(name) ?? `https://${host}.${domainOf(region)}`)
  const body = JSON.stringify(input)
  const headers = { host: url.host, 'content-type': 'application/json' }
  const target = { method: 'POST', path } as const
  const answer = await post(url, signed(headers, body, signerFor(name, region), new Date(), target), body, silence)
  if (answer.status !== 200) throw errorOf(answer)
  return JSON.parse(answer.text)
}

/**
 * Makes one call, repeated where that may help. The SDK's own way to the wire is a stack of steps for every service,
 * protocol and kind of value: it takes five times the CPU of this one, and was most of the CPU of a whole command.
 */
export async function call(service: JsonService, operation: string, input: unknown): Promise<any> {
  const body = JSON.stringify(input)
  for (let attempt = 1; ; attempt += 1)
    try {
      return await attemptTo(service, operation, body)
    } catch (error) {
      if (attempt === attempts || !mayPass(error as Error)) throw error
      await pause(Math.random() * firstWait * 2 ** attempt)
    }
}

/** Domain of a region's services. */
export const domainOf = (region: string) => `${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`

/** The endpoint of everything that the environment names, as it does on a developer's machine. */
const namedEndpoint = (name: string) =>
  process.env[`AWS_ENDPOINT_URL_${name.toUpperCase()}`] ?? process.env.AWS_ENDPOINT_URL

async function attemptTo(service: JsonService, operation: string, body: string): Promise<unknown> {
  const region = setting('AWS_REGION')
  const host = async () => `https://${(await service.host?.(region)) ?? `${service.name}.${domainOf(region)}`}`
  const url = new URL(namedEndpoint(service.name) ?? (await host()))
  const headers = {
    host: url.host,
    'content-type': `application/x-amz-json-${service.version}`,
    'x-amz-target': `${service.target}.${operation}`,
  }
  const answer = await post(url, signed(headers, body, signerFor(service.name, region), new Date()), body)
  if (answer.status === 200) return answer.text === '' ? {} : JSON.parse(answer.text)
  throw errorOf(answer)
}

const signerFor = (service: string, region: string): Signer => ({
  accessKeyId: setting('AWS_ACCESS_KEY_ID'),
  secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
  sessionToken: process.env.AWS_SESSION_TOKEN,
  ...{ region, service },
})

const connections = { keepAlive: true, maxSockets: 50 }
const agents = { plain: new HttpAgent(connections), secure: new Agent(connections) }

interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

function post(url: URL, headers: Record<string, string>, body: string, timeout?: number) {
  const isSecure = url.protocol === 'https:'
  const agent = isSecure ? agents.secure : agents.plain
  // The length keeps Node from chunking, which AWS does not take.
  const length = { 'content-length': Buffer.byteLength(body) }
  const options = {
    ...{ agent, host: url.hostname, port: url.port, path: url.pathname, method: 'POST' },
    ...{ headers: { ...headers, ...length }, timeout },
  }
  return new Promise<Answered>((resolve, reject) => {
    const outgoing = (isSecure ? request : httpRequest)(options, (incoming) => {
      const { statusCode: status = 0, headers } = incoming
      textOf(incoming).then((text) => resolve({ status, headers, text }), reject)
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer came in time')))
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

function errorOf({ status, headers, text }: Answered): AwsError {
  const { __type = headers['x-amzn-errortype'] ?? 'UnknownError', message, Message, ...details } = jsonOr(text)
  const name = String(__type).replace(/^.*#|:.*$/g, '')
  return new AwsError(name, message ?? Message ?? name, status, details)
}

/** A proxy on the way may answer with something else than JSON. */
function jsonOr(text: string): Record<string, any> {
  try {
    return JSON.parse(text)
  } catch {
    return { message: text.slice(0, 200) }
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
    ? error.status >= 500 || throttling.has(error.name)
    : network.has((error as NodeJS.ErrnoException).code ?? '')
