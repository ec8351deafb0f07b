import http, { type RequestOptions } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { Readable, Writable } from 'node:stream'
import { setImmediate as endOfTurn, setTimeout as pause } from 'node:timers/promises'
import type { Principal, WireAnswer, WireCall } from './cloud.ts'
import { type DynamodbAccess, dynamodbWire } from './dynamodb-wire.ts'
import { answerRequest, type Door } from './wire.ts'

/** What a worker thread needs to answer by itself what its functions ask the SDK endpoint. */
export interface LaneData {
  /** Port of the SDK endpoint. */
  readonly port: number
  readonly dynamodb: DynamodbAccess
  /** Faults that are planned: while there are any, the main thread sees every call. */
  readonly faults: Int32Array
}

/**
 * Answers in this thread what its functions ask of DynamoDB, some two calls a request: the call is checked as at the
 * SDK endpoint and goes from here to the engine. It wakes no other thread, and nothing is written as HTTP only to be
 * read again. All other calls go on to the SDK endpoint.
 */
export function openLane({ port, dynamodb, faults }: LaneData, signer: (accessKeyId: string) => Principal | undefined) {
  const wire = dynamodbWire(dynamodb)
  const engine = { ...wire, answer: (call: WireCall) => wire.answer(sentOnce(call)) }
  const door: Door = { signer, wired: () => engine, log: (_, message) => console.error(message) }
  const isDirect = ({ port: asked, headers }: RequestOptions) =>
    Number(asked) === port &&
    Atomics.load(faults, 0) === 0 &&
    String((headers as Headers)?.authorization).includes('/dynamodb/aws4_request')
  const overTheWire = http.request
  http.request = ((...all: Parameters<typeof overTheWire>) => {
    const [options, answered] = all as unknown as [RequestOptions, Answered]
    if (isDirect(options)) return new LaneRequest(door, options, answered)
    const request = overTheWire(...all)
    begin(request)
    return request.once('close', () => open.delete(request))
  }) as typeof http.request
  syncBuiltinESMExports()
}

/**
 * A transaction without its token. The engine spends a fifth of a transaction on keeping its text, to know it again if
 * it comes twice; from here an answer cannot get lost.
 */
function sentOnce(call: WireCall): WireCall {
  if (call.operation !== 'TransactWriteItems') return call
  // Where it stands elsewhere it stays, which costs only time.
  return { ...call, body: Buffer.from(call.body.toString().replace(/^\{"ClientRequestToken":"[\w-]+",/, '{')) }
}

/** How many calls this thread has begun, and those of them that are not answered yet. */
let begun = 0
const open = new Set<Writable>()

function begin(request: Writable): void {
  begun++
  open.add(request)
}

/** An answer that nobody reads, or that never comes, is waited for no longer. */
const PATIENCE_MS = 1000

/** Resolves when nothing goes on in this thread that an earlier invocation began and did not wait for. */
export async function nothingLeft(): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  for (let quiet = false; !quiet; ) {
    if (Date.now() > end) return open.clear()
    if (open.size > 0) await pause(1)
    else {
      const known = begun
      // What an answer leads to is gathered in a turn and asked at its end: a turn must pass whole, with nothing open.
      await endOfTurn()
      quiet = known === begun && open.size === 0
    }
  }
}

type Headers = Readonly<Record<string, string>>
type Answered = (response: Readable & { statusCode: number; headers: Headers }) => void

/** In place of a request of Node's, as far as an SDK uses one. */
class LaneRequest extends Writable {
  private readonly door: Door
  private readonly options: RequestOptions
  private readonly answered: Answered
  private readonly chunks: Buffer[] = []

  constructor(door: Door, options: RequestOptions, answered: Answered) {
    // Not over when all is written: it is when it is answered.
    super({ autoDestroy: false, ...(options.signal && { signal: options.signal }) })
    this.door = door
    this.options = options
    this.answered = answered
  }

  setTimeout(): this {
    return this
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk)
    done()
  }

  override _final(done: () => void): void {
    done()
    const { method = 'GET', path, headers } = this.options
    const body = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks)
    const request = { method, url: path ?? '/', headers: headers as Headers, body }
    begin(this)
    void answerRequest(this.door, request)
      .finally(() => open.delete(this))
      .then((answer) => this.give(answer))
  }

  private give(answer: WireAnswer | undefined): void {
    if (!answer) return void this.destroy(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
    if (this.destroyed) return
    const response = new Readable({ read() {} })
    response.push(answer.body)
    response.push(null)
    this.answered(Object.assign(response, { statusCode: answer.status, headers: answer.headers ?? {} }))
  }
}
