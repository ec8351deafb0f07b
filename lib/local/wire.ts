import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Cloud, Service, WireAnswer, WireCall, WireService } from './cloud.ts'
import { NoAnswer, withCallFault } from './faults.ts'
import { AccessDenied, authorize } from './iam.ts'
import { errorAnswer, type Protocol, WireError } from './wire-error.ts'

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/

let server: Server | undefined

/** The SDK endpoint: finds service and caller by the signature's credential, checks the caller's policy, answers. */
export const wire: Service = {
  name: 'wire',
  types: [],

  async start(cloud) {
    const listening = createServer(
      { keepAliveTimeout: 60_000 },
      (incoming, response) => void serve(cloud, incoming, response),
    )
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject)
      listening.listen(cloud.port + 1, '127.0.0.1', resolve)
    })
    server = listening
  },

  async stop() {
    server?.closeAllConnections()
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
    server = undefined
  },
}

/** What an SDK endpoint has to know: who signs, who answers, and where to say what went wrong. */
export type Door = Pick<Cloud, 'signer' | 'wired' | 'log'>

/** One SDK request as it stands on the wire; names of headers in lower case. */
export interface WireRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

async function serve(door: Door, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = incoming
  const headers = incoming.headers as Record<string, string>
  const answer = await answerRequest(door, { method, url, headers, body: await read(incoming) })
  if (!answer) {
    response.destroy()
    return
  }
  // The content length keeps Node from chunking, which costs an extra write.
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) })
  response.end(answer.body)
}

/** Answers an SDK request, also where something is wrong with it; nothing where the connection just ends. */
export async function answerRequest(door: Door, request: WireRequest): Promise<WireAnswer | undefined> {
  try {
    return await answerTo(door, request)
  } catch (error) {
    if (error instanceof NoAnswer) return undefined
    if (!(error instanceof WireError)) door.log('wire', `${request.method} ${request.url}: ${(error as Error).stack}`)
    const known = error instanceof WireError ? error : new WireError(500, 'InternalFailure', String(error))
    return errorAnswer(protocolOf(request), known)
  }
}

async function answerTo(door: Door, request: WireRequest): Promise<WireAnswer> {
  const [, accessKeyId, signingName] = CREDENTIAL.exec(request.headers.authorization ?? '') ?? []
  if (!accessKeyId || !signingName)
    throw new WireError(403, 'MissingAuthenticationTokenException', 'Request is missing Authentication Token')
  const principal = door.signer(accessKeyId)
  if (!principal)
    throw new WireError(
      403,
      'UnrecognizedClientException',
      `The access key ${accessKeyId} is not one of this local cloud`,
    )
  const service = door.wired(signingName)
  if (!service)
    throw new WireError(400, 'UnknownOperationException', `The local cloud does not run a service ${signingName}`)
  const call = toCall(request, signingName)
  check(service, call, principal)
  return withCallFault(call, () => service.answer({ ...call, principal }))
}

function check(service: WireService, call: Omit<WireCall, 'principal'>, principal: WireCall['principal']): void {
  try {
    for (const { action, resource, context } of service.authorize(call)) authorize(principal, action, resource, context)
  } catch (error) {
    if (!(error instanceof AccessDenied)) throw error
    const status = call.operation === '' ? 403 : 400
    throw new WireError(status, call.service === 's3' ? 'AccessDenied' : error.name, error.message)
  }
}

function toCall({ method, url, headers, body }: WireRequest, service: string): Omit<WireCall, 'principal'> {
  const question = url.indexOf('?')
  const target = headers['x-amz-target']
  return {
    service,
    operation: target ? target.slice(target.lastIndexOf('.') + 1) : '',
    method,
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : url.slice(question + 1)),
    headers,
    body,
  }
}

function protocolOf({ headers }: WireRequest): Protocol {
  if (headers['x-amz-target']) return 'json'
  if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) return 'query'
  return headers.authorization?.includes('/s3/aws4_request') ? 'rest-xml' : 'rest-json'
}

function read(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}
