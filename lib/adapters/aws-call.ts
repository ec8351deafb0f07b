import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { setTimeout as pause } from 'node:timers/promises'
import { setting } from './setting.ts'
import { signed } from './signature.ts'

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
const namedEndpoint = ({ name }: JsonService) =>
  process.env[`AWS_ENDPOINT_URL_${name.toUpperCase()}`] ?? process.env.AWS_ENDPOINT_URL

async function attemptTo(service: JsonService, operation: string, body: string): Promise<unknown> {
  const region = setting('AWS_REGION')
  const host = async () => `https://${(await service.host?.(region)) ?? `${service.name}.${domainOf(region)}`}`
  const url = new URL(namedEndpoint(service) ?? (await host()))
  const signer = {
    accessKeyId: setting('AWS_ACCESS_KEY_ID'),
    secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
    sessionToken: process.env.AWS_SESSION_TOKEN,
    ...{ region, service: service.name },
  }
  const headers = {
    host: url.host,
    'content-type': `application/x-amz-json-${service.version}`,
    'x-amz-target': `${service.target}.${operation}`,
  }
  const { status, text } = await post(url, signed(headers, body, signer, new Date()), body)
  if (status === 200) return text === '' ? {} : JSON.parse(text)
  throw errorOf(status, text)
}

const connections = { keepAlive: true, maxSockets: 50 }
const agents = { plain: new HttpAgent(connections), secure: new Agent(connections) }

function post(url: URL, headers: Record<string, string>, body: string) {
  const isSecure = url.protocol === 'https:'
  const agent = isSecure ? agents.secure : agents.plain
  // The length keeps Node from chunking, which AWS does not take.
  const length = { 'content-length': Buffer.byteLength(body) }
  const options = { agent, host: url.hostname, port: url.port, method: 'POST', headers: { ...headers, ...length } }
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = (isSecure ? request : httpRequest)(options, (incoming) => {
      textOf(incoming).then((text) => resolve({ status: incoming.statusCode!, text }), reject)
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

function errorOf(status: number, text: string): AwsError {
  const { __type = 'UnknownError', message, Message, ...details } = jsonOr(text)
  const name = String(__type).replace(/^.*#/, '')
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
