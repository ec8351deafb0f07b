import { connect, type Socket } from 'node:net'
import { tally } from './tally.ts'

/** Where a DynamoDB engine answers. */
export interface EngineAddress {
  readonly host: string
  readonly port: number
}

/** A raw answer of the engine. */
export interface EngineAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: Buffer
}

const END_OF_HEAD = '\r\n\r\n'

/**
 * Kept connections to the engine, each with one call at a time. Every request of the local cloud calls the engine some
 * two times: a client that knows only what this needs of HTTP takes a quarter of the CPU of Node's own.
 */
export class EngineConnections {
  private readonly address: EngineAddress
  /** What stands in every request. */
  private readonly head: string
  private readonly idle: Connection[] = []

  constructor(address: EngineAddress) {
    this.address = address
    this.head = [
      'POST / HTTP/1.1',
      `host: ${address.host}:${address.port}`,
      'content-type: application/x-amz-json-1.0',
      'x-amz-date: 20260101T000000Z',
      // The engine wants to see a signature but does not check it.
      'authorization: AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    ].join('\r\n')
  }

  /** Calls an operation, e.g. `DynamoDB_20120810.GetItem`; rejects when the engine is gone. */
  async call(target: string, body: Buffer | string): Promise<EngineAnswer> {
    tally(`dynamodb ${target.slice(target.indexOf('.') + 1)}`)
    for (let kept = this.idle.pop(); kept; kept = this.idle.pop())
      if (!kept.isOver) return this.through(kept, target, body)
    return this.through(new Connection(this.address), target, body)
  }

  private async through(connection: Connection, target: string, body: Buffer | string): Promise<EngineAnswer> {
    const length = Buffer.byteLength(body)
    const answer = await connection.ask(
      `${this.head}\r\nx-amz-target: ${target}\r\ncontent-length: ${length}${END_OF_HEAD}${body}`,
    )
    this.idle.push(connection)
    return answer
  }
}

/** What the engine said before the body. */
interface Head {
  readonly status: number
  readonly headers: Record<string, string>
  /** Bytes of the body. */
  readonly length: number
  /** Whether the connection ends after the body. */
  readonly isLast: boolean
}

class Connection {
  isOver = false
  private readonly socket: Socket
  private head: Head | undefined
  private received: Buffer[] = []
  private bytes = 0
  private waiting: { resolve(answer: EngineAnswer): void; reject(error: Error): void } | undefined

  constructor({ host, port }: EngineAddress) {
    this.socket = connect({ host, port, noDelay: true })
    this.socket.on('data', (chunk: Buffer) => this.take(chunk))
    this.socket.on('error', (error) => this.end(error))
    this.socket.on('close', () => this.end(new Error('the DynamoDB engine closed the connection')))
  }

  ask(request: string): Promise<EngineAnswer> {
    this.socket.ref()
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
      this.socket.write(request)
    })
  }

  private take(chunk: Buffer): void {
    this.received.push(chunk)
    this.bytes += chunk.length
    if (!this.head) this.readHead()
    if (this.head && this.bytes >= this.head.length) this.answer(this.head)
  }

  private readHead(): void {
    const all = Buffer.concat(this.received)
    const end = all.indexOf(END_OF_HEAD)
    if (end < 0) return
    const [first = '', ...lines] = all.toString('latin1', 0, end).split('\r\n')
    const { 'content-length': length, connection, date: _, ...headers } = headersIn(lines)
    if (length === undefined)
      return void this.socket.destroy(new Error(`the DynamoDB engine answers without a content length: ${first}`))
    const status = Number(first.split(' ', 2)[1])
    this.head = { status, headers, length: Number(length), isLast: connection === 'close' }
    this.received = [all.subarray(end + END_OF_HEAD.length)]
    this.bytes = this.received[0]!.length
  }

  private answer({ status, headers, isLast }: Head): void {
    const body = this.received.length === 1 ? this.received[0]! : Buffer.concat(this.received)
    const { waiting } = this
    this.head = undefined
    this.received = []
    this.bytes = 0
    this.waiting = undefined
    // Nothing is open while nobody waits.
    this.socket.unref()
    if (isLast) {
      this.isOver = true
      this.socket.destroy()
    }
    waiting?.resolve({ status, headers, body })
  }

  private end(error: Error): void {
    this.isOver = true
    this.waiting?.reject(error)
    this.waiting = undefined
  }
}

function headersIn(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return headers
}
