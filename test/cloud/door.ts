import { Agent, type IncomingHttpHeaders, request } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Call {
  readonly method: string
  /** Path with query, below the stage, e.g. `/lots?status=held`. */
  readonly path: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is when text or bytes, else as JSON. */
  readonly body?: unknown
}

/** The API's front door: plain HTTP over kept-alive connections, as light as Node has it. */
export class Door {
  private readonly agent: Agent
  private readonly base: string
  private readonly port: number

  constructor(port: number, stage = 'v1', connections = 64) {
    this.port = port
    this.base = `/${stage}`
    this.agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** Sends one request; rejects only when the connection breaks. */
  call({ method, path, token, headers = {}, body }: Call): Promise<Answer> {
    const bytes =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? (body as string) : JSON.stringify(body)
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.agent,
          host: '127.0.0.1',
          port: this.port,
          method,
          path: this.base + path,
          headers: {
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(bytes === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () =>
            resolve({
              status: response.statusCode!,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          )
          response.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.end(bytes)
    })
  }

  close(): void {
    this.agent.destroy()
  }
}
