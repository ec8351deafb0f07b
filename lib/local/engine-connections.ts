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

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date'])
const END_OF_HEAD = '\r\n\r\n'

/**
 * Kept connections to the engine, each with one call at a time. Every request of the local cloud calls the engine some
 * three times: a client that knows only what this needs of HTTP takes a quarter of the CPU of Node's own.
 */
export class EngineConnections {
  private readonly address: EngineAddress
  private readonly idle: Connection[] = []

  constructor(address: EngineAddress) {
    this.address = address
  }

  /** Calls an operation, e.g. `DynamoDB_20120810.GetItem`; rejects when the engine is gone. */
  async call(target: string, body: Buffer | string): Promise<EngineAnswer> {
    tally(`dynamodb ${target.slice(target.indexOf('.') + 1)}`)
    for (let kept = this.idle.pop(); kept; kept = this.idle.pop())
      if (!kept.isOver) return this.through(kept, target, body)
    return this.through(new Connection(this.address), target, body)
  }

  private async through(connection: Connection, target: string, body: Buffer | string): Promise<EngineAnswer> {
    const answer = await connection.ask(this.requestFor(target, body))
    this.idle.push(connection)
    return answer
  }

  private requestFor(target: string, body: Buffer | string): string {
    return [
      'POST / HTTP/1.1',
      `host: ${this.address.host}:${this.address.port}`,
      'content-type: application/x-amz-json-1.0',
      `content-length: ${Buffer.byteLength(body)}`,
      `x-amz-target: ${target}`,
      'x-amz-date: 20260101T000000Z',
      // The engine wants to see a signature but does not check it.
      'authorization: AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      '',
      String(body),
    ].join('\r\n')
  }
}

/** What the engine said before the body. */
interface Head {
  readonly status: number
  readonly headers: Record<string, string>
  /** Bytes of the body. */
  readonly length: number
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
    const headers = Object.fromEntries(lines.map(headerIn))
    const length = Number(headers['content-length'])
    if (Number.isNaN(length))
      return void this.socket.destroy(new Error(`the DynamoDB engine answers without a content length: ${first}`))
    this.head = { status: Number(first.split(' ')[1]), headers, length }
    this.received = [all.subarray(end + END_OF_HEAD.length)]
    this.bytes = this.received[0]!.length
  }

  private answer({ status, headers }: Head): void {
    const body = this.received.length === 1 ? this.received[0]! : Buffer.concat(this.received)
    const { waiting } = this
    Object.assign(this, { head: undefined, received: [], bytes: 0, waiting: undefined })
    // Nothing is open while nobody waits.
    this.socket.unref()
    if (headers.connection === 'close') {
      this.isOver = true
      this.socket.destroy()
    }
    const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name))
    waiting?.resolve({ status, headers: Object.fromEntries(kept), body })
  }

  private end(error: Error): void {
    this.isOver = true
    this.waiting?.reject(error)
    this.waiting = undefined
  }
}

function headerIn(line: string): [string, string] {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}
