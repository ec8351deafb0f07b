import { Agent, createServer, request } from 'node:http'
import { createConnection, type NetConnectOpts, type Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import type { Principal, WireAnswer, WireCall, WireService } from './cloud.ts'
import { type DynamodbAccess, dynamodbWire } from './dynamodb-wire.ts'
import { NoAnswer } from './faults.ts'
import { wireListener } from './wire.ts'

/** What a worker thread needs to answer by itself what its functions ask the SDK endpoint. */
export interface LaneData {
  /** Port of the SDK endpoint. */
  readonly port: number
  readonly dynamodb: DynamodbAccess
  /** Faults that are planned: while there are any, the main thread sees every call. */
  readonly faults: Int32Array
}

/**
 * Answers the SDK calls of this thread's functions in this thread: DynamoDB's go from here to the engine, all others
 * on to the SDK endpoint. The bytes of HTTP are the same, but no call to DynamoDB (some three a request) crosses two
 * sockets and wakes the main thread, which all functions share.
 */
export function openLane({ port, dynamodb, faults }: LaneData, signer: (accessKeyId: string) => Principal | undefined) {
  const [engine, rest] = [dynamodbWire(dynamodb), passingOn(port)]
  const isDirect = (service: string) => service === 'dynamodb' && Atomics.load(faults, 0) === 0
  const server = createServer(
    wireListener({
      signer,
      wired: (service) => (isDirect(service) ? engine : rest),
      log: (_, message) => console.error(message),
    }),
  )
  Agent.prototype.createConnection = ((options: NetConnectOpts & { port: number; host?: string }) => {
    if (Number(options.port) !== port) return createConnection(options)
    const [mine, theirs] = duplexPair()
    server.emit('connection', asSocket(theirs))
    return asSocket(mine)
  }) as typeof Agent.prototype.createConnection
}

/** A stream in place of a socket, whose settings mean nothing inside one thread. */
function asSocket(stream: Duplex): Socket {
  const same = () => stream
  const settings = { setKeepAlive: same, setNoDelay: same, setTimeout: same, ref: same, unref: same }
  return Object.assign(stream, settings) as unknown as Socket
}

/** Hands a call on to the SDK endpoint, which checks it. */
function passingOn(port: number): WireService {
  const agent = new Agent({ keepAlive: true })
  // Not through the lane again.
  agent.createConnection = ((options: NetConnectOpts) => createConnection(options)) as typeof agent.createConnection
  return { authorize: () => [], answer: (call) => answerOf(call, { agent, port, host: '127.0.0.1' }) }
}

function answerOf({ method, path, query, headers, body }: WireCall, endpoint: object): Promise<WireAnswer> {
  const asked = query.size > 0 ? `${path}?${query}` : path
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...endpoint, method, path: asked, headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', () => reject(new NoAnswer()))
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode!,
          headers: incoming.headers as Record<string, string>,
          body: Buffer.concat(chunks),
        }),
      )
    })
    outgoing.on('error', () => reject(new NoAnswer()))
    outgoing.end(body)
  })
}
