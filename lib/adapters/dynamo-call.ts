import { randomUUID } from 'node:crypto'
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb'
import { fromWire, toWire } from './attribute-values.ts'
import { signed } from './signature.ts'

/** Settings, credentials and the policy of repeats are the SDK's. */
const { config } = new DynamoDBClient({})

/** What stays the same for as long as a function lives. */
async function open() {
  const [region, strategy] = await Promise.all([config.region(), config.retryStrategy()])
  const { AWS_ENDPOINT_URL_DYNAMODB: own, AWS_ENDPOINT_URL: common } = process.env
  const amazons = `https://dynamodb.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  const url = new URL(own ?? common ?? amazons)
  // A version of the interface that the SDK has left behind, and still names in its types.
  if (!('acquireInitialRetryToken' in strategy)) throw new Error('The SDK has no retry strategy of today.')
  const agent = url.protocol === 'https:' ? new Agent(connections) : new HttpAgent(connections)
  return { region, strategy, url, agent }
}

const connections = { keepAlive: true, maxSockets: 50 }
let opened: ReturnType<typeof open> | undefined

/**
 * Makes one call, repeated as the SDK would repeat it. Its own way to the wire, a stack of steps for every service and
 * every kind of value, takes five times the CPU of this one, and most of the CPU of a whole command.
 */
export async function call(operation: string, input: object): Promise<any> {
  opened ??= open()
  const { strategy } = await opened
  const body = JSON.stringify(toWire({ ...onceOnly(operation), ...input }))
  let token = await strategy.acquireInitialRetryToken('')
  for (;;)
    try {
      const output = await attempt(operation, body)
      strategy.recordSuccess(token)
      return output
    } catch (error) {
      const errorType = kindOf(error as Fault)
      if (!errorType) throw error
      token = await strategy.refreshRetryTokenForRetry(token, { errorType }).catch(() => Promise.reject(error))
    }
}

/** So that a transaction whose answer got lost is not made again. */
const onceOnly = (operation: string) =>
  operation === 'TransactWriteItems' ? { ClientRequestToken: randomUUID() } : undefined

async function attempt(operation: string, body: string): Promise<unknown> {
  const { region, url, agent } = await opened!
  const headers = {
    host: url.host,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': `DynamoDB_20120810.${operation}`,
  }
  const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials()
  const signer = { accessKeyId, secretAccessKey, sessionToken, region }
  const { status, text } = await post(url, agent, signed(headers, body, signer, new Date()), body)
  if (status === 200) return fromWire(JSON.parse(text))
  throw errorOf(status, text)
}

function post(url: URL, agent: HttpAgent, headers: Record<string, string>, body: string) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const send = url.protocol === 'https:' ? request : httpRequest
    // The length keeps Node from chunking, which DynamoDB does not take.
    const length = { 'content-length': Buffer.byteLength(body) }
    const outgoing = send(url, { agent, method: 'POST', headers: { ...headers, ...length } }, (incoming) => {
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
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString()))
    incoming.on('error', reject)
    incoming.on('aborted', () => reject(Object.assign(new Error('The answer was cut off.'), { code: 'ECONNRESET' })))
  })
}

interface Fault {
  readonly name: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const classes = { ConditionalCheckFailedException, TransactionCanceledException, TransactionConflictException }

/** The SDK's error for an answer that is none. */
function errorOf(httpStatusCode: number, text: string): Error {
  const { __type = 'UnknownError', message, Message, ...rest } = jsonOr(text)
  const name = String(__type).replace(/^.*#/, '')
  const $metadata = { httpStatusCode }
  const said = { message: message ?? Message ?? name, $metadata }
  const known = Object.hasOwn(classes, name) && classes[name as keyof typeof classes]
  if (known) return Object.assign(new known(said), rest)
  const $fault = httpStatusCode < 500 ? 'client' : 'server'
  return Object.assign(new DynamoDBServiceException({ name, $fault, ...said }), rest)
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
  'ThrottlingException',
  'TransactionInProgressException',
])
const network: ReadonlySet<string> = new Set(['EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** What a repeat may help against, by the SDK's names; nothing where it will not. */
function kindOf({ name, code = '', $metadata }: Fault): 'THROTTLING' | 'TRANSIENT' | undefined {
  if (throttling.has(name)) return 'THROTTLING'
  return network.has(code) || ($metadata?.httpStatusCode ?? 0) >= 500 ? 'TRANSIENT' : undefined
}
